"""Prefect 3 with a server of its own on this machine (SQLite, its default): tasks of one flow, one after another."""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable

STEPS, ROUNDS = int(os.environ["PEER_STEPS"]) // 2, int(os.environ["PEER_ROUNDS"])
READY_SECONDS = 90
BRANCHES = 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_server(api: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=2):  # noqa: S310  # our own address
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def measure() -> None:
    from prefect import flow, task  # noqa: PLC0415  # reads its settings when it is imported

    @task
    def step() -> None:
        pass

    @flow
    def chain() -> None:
        for _ in range(STEPS):
            step()

    @flow
    def fan() -> None:
        step()
        for future in [step.submit() for _ in range(BRANCHES)]:
            future.result()
        step()

    chains = [milliseconds(chain) / STEPS for _ in range(ROUNDS + 1)]
    fans = [milliseconds(fan) for _ in range(2)]
    print(json.dumps({"step": statistics.median(chains[1:]), "fan": fans[-1]}), flush=True)


def milliseconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    os.environ |= {
        "PREFECT_API_URL": api, "PREFECT_LOGGING_LEVEL": "ERROR", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
        stdout=sys.stderr,
    )
    try:
        wait_for_server(api)
        measure()
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
