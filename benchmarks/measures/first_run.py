"""The guide's first run over HTTP, and what the platform adds to the agent's own time. No model gives a verdict."""

import time
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings

from agents.models import AgentRun
from benchmarks.instance import running
from benchmarks.results import Result, Scale, at_most
from benchmarks.world import PATIENCE_SECONDS, world
from console.embedded import processes
from console.ids import from_public
from console.signing_in.auth import api_token_create

#: What the agent does by itself.
OWN_SECONDS = 0.25
CODE = f"""
import time

def run(task_input, *, proxy_url, run_token):
    time.sleep({OWN_SECONDS})
    return {{"final_response": "Hello from the sandbox"}}
"""
CSV = 'user\n"Summarize what environment you are running in."\n'


def measure(scale: Scale) -> list[Result]:
    with running(processes.web, processes.control_worker, processes.agents_worker), _client() as api:
        walks = [_walk(api, number) for number in range(scale.pick(12, 6))]
    return [
        Result("first run: register, publish, seed, run, verdict", "ms", [whole for whole, _ in walks[2:]]),
        Result("an agent's run over the agent's own time", "ms", [added for _, added in walks[2:]], at_most(250)),
    ]


def _client() -> httpx.Client:
    place = world()
    token = api_token_create(actor=place.actor, user=place.user, organization=place.organization, name="benchmark")
    return httpx.Client(
        base_url=f"http://127.0.0.1:{settings.CALLBOARD_PORT}", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def _walk(api: httpx.Client, number: int) -> tuple[float, float]:
    """Walk the guide once; return the whole time, and what a worker took beyond the agent's own, in milliseconds."""
    began = time.time()
    agent = _post(api, "/api/agents", json={"name": f"bench-{number}", "source": {"kind": "paste", "code": CODE}})
    _post(api, f"/api/agents/{agent['id']}/publish")
    workflow = _post(api, "/api/v1/workflows", json={"name": f"bench-{number}", "fields": [_field(agent["id"])]})
    path = f"/api/v1/workflows/{workflow['id']}"
    _post(api, f"{path}/publish")
    seeded = _post(api, f"{path}/tasks/csv", files={"file": ("tasks.csv", CSV, "text/csv")})
    run = _graded(seeded["dataset_id"])
    whole = (_time(run.finished_at) - began) * 1000
    return whole, (_time(run.finished_at) - _time(run.started_at) - OWN_SECONDS) * 1000


def _field(agent_id: str) -> dict[str, Any]:
    criteria = [{"type": "contains", "value": "Hello"}]
    config = {"agent_id": agent_id, "judge_model": "builtin/rules", "criteria": criteria}
    return {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}


def _graded(dataset_id: str) -> AgentRun:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        ended = AgentRun.objects.filter(dataset_id=from_public("data", dataset_id), finished_at__isnull=False)
        run: AgentRun | None = ended.first()
        if run is not None:
            if run.verdict != "PASS":
                raise RuntimeError(f"The run ended {run.status} {run.error_code} with the verdict {run.verdict!r}.")
            return run
        time.sleep(0.05)
    raise TimeoutError("The run was not graded.")


def _post(api: httpx.Client, path: str, **arguments: Any) -> dict[str, Any]:
    answer = api.post(path, **arguments)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def _time(moment: datetime | None) -> float:
    if moment is None:
        raise RuntimeError("A run that has ended has no times.")
    return moment.timestamp()
