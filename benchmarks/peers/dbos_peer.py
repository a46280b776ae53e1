"""DBOS Transact on PostgreSQL: each step's outcome is committed, in one process; the queue in two."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from dbos import DBOS

STEPS, RUNS, ROUNDS = (int(os.environ[name]) for name in ("PEER_STEPS", "PEER_RUNS", "PEER_ROUNDS"))
IDLE_PAUSE_SECONDS = 0.1
BRANCHES = 200

DBOS(config={
    "name": "peer", "system_database_url": os.environ["PEER_DATABASE"], "log_level": "ERROR",
    "run_admin_server": False,
})  # fmt: skip
QUEUE = "runs"


@DBOS.step()
def step() -> float:
    return time.time()


@DBOS.workflow()
def chain() -> None:
    for _ in range(STEPS):
        step()


@DBOS.workflow()
def one_step() -> float:
    return step()


@DBOS.workflow()
def three_steps() -> float:
    step()
    step()
    return step()


@DBOS.workflow()
def fan() -> None:
    step()
    handles = [DBOS.enqueue_workflow(QUEUE, one_step) for _ in range(BRANCHES)]
    for handle in handles:
        handle.get_result(polling_interval_sec=0.05)
    step()


def step_ms() -> float:
    began = time.time()
    chain()
    return (time.time() - began) * 1000 / STEPS


def idle_ms() -> float:
    time.sleep(IDLE_PAUSE_SECONDS)
    began = time.time()
    return (DBOS.start_workflow(one_step).get_result() - began) * 1000


def fan_ms() -> float:
    began = time.time()
    fan()
    return (time.time() - began) * 1000


def runs_a_second(workflow: Callable[[], float] = one_step) -> float:
    began = time.time()
    handles = [DBOS.enqueue_workflow(QUEUE, workflow) for _ in range(RUNS)]
    last = max(handle.get_result(polling_interval_sec=0.05) for handle in handles)
    return RUNS / (last - began)


def median(take: Callable[[], float], rounds: int) -> float:
    return statistics.median([take() for _ in range(rounds + 1)][1:])


def main() -> None:
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=0.05)
    second = subprocess.Popen([sys.executable, __file__, "serve"], stdout=sys.stderr)
    try:
        found = {
            "step": median(step_ms, ROUNDS), "idle": median(idle_ms, 20), "runs": median(runs_a_second, ROUNDS),
            "three": median(lambda: runs_a_second(three_steps), ROUNDS), "fan": median(fan_ms, ROUNDS),
        }  # fmt: skip
    finally:
        second.terminate()
        second.wait(30)
    print(json.dumps(found), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        DBOS.launch()
        while True:
            time.sleep(1)
    main()
