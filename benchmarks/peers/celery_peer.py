"""Plain Celery on Redis: one message a step, and nothing of it is written down anywhere durable."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import redis
from celery import Celery, chain, chord, group

STEPS, RUNS, ROUNDS = (int(os.environ[name]) for name in ("PEER_STEPS", "PEER_RUNS", "PEER_ROUNDS"))
SOCKET, _, NUMBER = os.environ["PEER_REDIS"].removeprefix("redis+socket://").partition("?virtual_host=")
IDLE_PAUSE_SECONDS = 0.1
BRANCHES = 200

# A chord counts its branches in a result store: the same Redis.
app = Celery("peer", broker=os.environ["PEER_REDIS"], backend=f"redis+socket://{SOCKET}?virtual_host={NUMBER}")
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)
ledger = redis.Redis(unix_socket_path=SOCKET, db=int(NUMBER), socket_timeout=None)


@app.task(name="step")
def step(_before: object = None, *, end: bool = False) -> None:
    if end:
        ledger.rpush("ended", time.time())


@app.task(name="gathered")
def gathered(_results: object = None) -> None:
    ledger.rpush("ended", time.time())


@app.task(name="branch", ignore_result=False)
def branch() -> int:
    return 1


@app.task(name="note_start")
def note_start() -> None:
    ledger.rpush("ended", time.time())


def ended(count: int) -> float:
    """Return when the last of `count` tasks ended."""
    return max(float(ledger.blpop(["ended"], timeout=60)[1]) for _ in range(count))


def step_ms() -> float:
    began = time.time()
    chain(*(step.s(end=number == STEPS - 1) for number in range(STEPS))).delay()
    return (ended(1) - began) * 1000 / STEPS


def runs_a_second() -> float:
    began = time.time()
    for _ in range(RUNS):
        note_start.delay()
    return RUNS / (ended(RUNS) - began)


def three_step_runs_a_second() -> float:
    began = time.time()
    for _ in range(RUNS):
        chain(step.s(), step.s(), step.s(end=True)).delay()
    return RUNS / (ended(RUNS) - began)


def fan_ms() -> float:
    began = time.time()
    chord(group(branch.s() for _ in range(BRANCHES)), gathered.s()).delay()
    return (ended(1) - began) * 1000


def idle_ms() -> float:
    time.sleep(IDLE_PAUSE_SECONDS)
    began = time.time()
    note_start.delay()
    return (ended(1) - began) * 1000


def median(take: Callable[[], float], rounds: int) -> float:
    return statistics.median([take() for _ in range(rounds + 1)][1:])


def main() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_peer", "worker", "--concurrency", "2", "--loglevel", "ERROR",
         "--without-gossip", "--without-mingle", "--without-heartbeat"],
        cwd=Path(__file__).parent, stdout=sys.stderr,
    )  # fmt: skip
    try:
        note_start.delay()
        ended(1)
        found = {
            "step": median(step_ms, ROUNDS), "runs": median(runs_a_second, ROUNDS), "idle": median(idle_ms, 20),
            "three": median(three_step_runs_a_second, ROUNDS), "fan": median(fan_ms, ROUNDS),
        }  # fmt: skip
    finally:
        worker.terminate()
        worker.wait(30)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
