"""LangGraph with PostgresSaver: a chain of nodes in one process, a checkpoint written after each."""

import json
import os
import statistics
import time
import uuid
from typing import TypedDict

from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

STEPS, ROUNDS = int(os.environ["PEER_STEPS"]), int(os.environ["PEER_ROUNDS"])


class State(TypedDict):
    step: int


def node(state: State) -> State:
    return {"step": state["step"] + 1}


def chain(saver: PostgresSaver) -> CompiledStateGraph:
    graph = StateGraph(State)
    names = [f"s{number}" for number in range(STEPS)]
    for name in names:
        graph.add_node(name, node)
    for source, target in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(source, target)
    return graph.compile(checkpointer=saver)


def main() -> None:
    with PostgresSaver.from_conn_string(os.environ["PEER_DATABASE"]) as saver:
        saver.setup()
        compiled = chain(saver)
        samples = []
        for _ in range(ROUNDS + 1):
            config = {"configurable": {"thread_id": str(uuid.uuid4())}, "recursion_limit": STEPS + 10}
            began = time.perf_counter()
            # Each checkpoint is committed before the next node runs, as ours are.
            compiled.invoke({"step": 0}, config, durability="sync")
            samples.append((time.perf_counter() - began) * 1000 / STEPS)
    print(json.dumps({"step": statistics.median(samples[1:])}))


if __name__ == "__main__":
    main()
