"""A run as the engine sees it: where each node stands, what it left behind, and what the next one will see."""

from collections import OrderedDict
from collections.abc import Iterable

from pydantic import JsonValue

from orchestration.fold import FEEDBACK, Outcome, fold, initial_state
from orchestration.graph import Advance, Graph, JsonObject
from orchestration.scheduler import Journal, NodeState

#: States kept for steps that have started, so that the next one extends the last instead of folding all again.
_STATES_KEPT = 64
#: The number before that of every event and of every outcome taken over from another run.
NOTHING_YET = -1


class RunView:
    """The graph of one run, its journal and its outcomes. `seq` is the last event that is in it."""

    def __init__(self, graph: Graph, run_input: JsonObject, *, seq: int = NOTHING_YET) -> None:
        self.graph = graph
        self.input = run_input
        self.seq = seq
        self.wave = 0
        self.journal = Journal()
        self.outcomes: dict[str, Outcome] = {}
        #: How often the run was sent back to before each node, and what was said to it then.
        self.generation: dict[str, int] = {}
        self.feedback: JsonObject = {}
        self._seen: OrderedDict[str, JsonObject] = OrderedDict()

    def put(self, node_id: str, state: NodeState, outcome: Outcome | None = None) -> None:
        self.journal.put(node_id, state)
        if outcome is not None:
            self.outcomes[node_id] = outcome

    def rewind(self, target: str, feedback: JsonValue) -> None:
        """Take the run back to before `target`: it and all behind it are as if they had never been."""
        for node_id in (target, *self.graph.descendants(target)):
            if node_id in self.journal.states:
                self.journal.forget(node_id)
                self.outcomes.pop(node_id, None)
                self.generation[node_id] = self.generation.get(node_id, 0) + 1
        self.feedback = {**self.feedback, target: feedback}
        self._seen.clear()

    def next_wave(self, node_id: str) -> int:
        """Return the wave of a node that is about to start."""
        return self.wave + 1 if self.graph.advance is Advance.ROUNDS else self.graph.depth[node_id]

    def state_for(self, node_id: str, *, wave: int) -> JsonObject:
        """Return what a step sees: in rounds, all of earlier rounds; otherwise its ancestors' outcomes."""
        if self.graph.advance is Advance.ROUNDS:
            return self._fold(outcome for outcome in self.outcomes.values() if outcome.wave < wave)
        state = self._seen.get(node_id)
        if state is None:
            state = self._seen[node_id] = self._extend(node_id)
            if len(self._seen) > _STATES_KEPT:
                self._seen.popitem(last=False)
        return state

    def final_state(self) -> JsonObject:
        """Return the state after everything so far."""
        return self._fold(self.outcomes.values())

    def _extend(self, node_id: str) -> JsonObject:
        before = self.graph.sole_predecessor(node_id)
        if before is not None and before in self._seen and before in self.outcomes:
            return fold(self.graph, self._seen[before], [self.outcomes[before]])
        seen = self.graph.ancestors(node_id)
        return self._fold(outcome for key, outcome in self.outcomes.items() if key in seen)

    def _fold(self, outcomes: Iterable[Outcome]) -> JsonObject:
        state = initial_state(self.input)
        if self.feedback:
            state[FEEDBACK] = self.feedback
        return fold(self.graph, state, outcomes)
