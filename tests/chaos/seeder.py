"""Seeds agents' tasks through the API while its web process is being killed."""

import threading
import time
from pathlib import Path
from typing import Self

import httpx

from tests.chaos.poison import POISON
from tests.support.code import function
from tests.support.instance import Instance

BODY = """\
import subprocess, time
time.sleep(0.3)
done = subprocess.run(["echo", task_input["user_instruction"]], capture_output=True, text=True)
return done.stdout.strip()
"""
BATCH = ["Say hello.", "Say it again."]
PAUSE_SECONDS = 6.0


class Seeder:
    """A client that seeds a few tasks at a time. Only what was answered with 201 is taken for seeded."""

    def __init__(self, instance: Instance, acknowledged: Path) -> None:
        self.instance = instance
        self.acknowledged = acknowledged
        self.api = instance.api()
        self.path = workflow(self.api, "storm", BODY)
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._run, name="seeder")

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()
        self.api.close()

    def _run(self) -> None:
        while not self.is_over.wait(PAUSE_SECONDS):
            try:
                answer = seed(self.api, self.path, BATCH)
            except httpx.TransportError:
                continue
            if answer.status_code == httpx.codes.CREATED:
                with self.acknowledged.open("a") as file:
                    file.write(f"seeded {answer.json()['dataset_id']} {len(BATCH)}\n")


def workflow(api: httpx.Client, name: str, body: str) -> str:
    """Publish an agent with `body` and a workflow of it; return the workflow's path."""
    code = {"kind": "paste", "code": function(body)}
    agent = api.post("/api/agents", json={"name": f"{name} {time.time_ns()}", "source": code}).json()
    api.post(f"/api/agents/{agent['id']}/publish").raise_for_status()
    config = {"agent_id": agent["id"], "judge_model": "builtin/rules"}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    made = api.post("/api/v1/workflows", json={"name": f"{name} {time.time_ns()}", "fields": [field]}).json()
    path = f"/api/v1/workflows/{made['id']}"
    api.post(f"{path}/publish").raise_for_status()
    return path


def seed(api: httpx.Client, path: str, tasks: list[str]) -> httpx.Response:
    return api.post(f"{path}/tasks", json=[{"user": task} for task in tasks])


def seed_poison(api: httpx.Client, path: str) -> httpx.Response:
    """Seed a task that kills its worker whenever it is carried out."""
    return seed(api, path, [POISON])
