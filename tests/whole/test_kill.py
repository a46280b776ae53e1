"""A worker is killed outright in the middle of a run, and the run still ends once, with one outcome."""

import os
import signal
import time

import httpx
import pytest

from tests.support.agents import function
from tests.support.instance import Instance, wait_for

pytestmark = pytest.mark.kill

#: Longer than a lease and a sweep: by then a lost step has been given to another worker.
RECOVERY_SECONDS = 60


def seed(api: httpx.Client, body: str, *tasks: str) -> str:
    """Register an agent with `body`, and seed `tasks` for it; return the workflow's path."""
    name = f"agent {time.time_ns()}"
    agent = api.post("/api/agents", json={"name": name, "source": {"kind": "paste", "code": function(body)}}).json()
    api.post(f"/api/agents/{agent['id']}/publish")
    config = {"agent_id": agent["id"], "judge_model": "builtin/rules"}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    path = f"/api/v1/workflows/{api.post('/api/v1/workflows', json={'name': name, 'fields': [field]}).json()['id']}"
    api.post(f"{path}/publish")
    assert api.post(f"{path}/tasks", json=[{"user": task} for task in tasks]).status_code == 201
    return path


def runs(api: httpx.Client, path: str) -> list[dict]:
    return [task["agent_run"] for task in api.get(f"{path}/tasks?limit=200").json()["items"]]


def kill_busy_worker(instance: Instance) -> None:
    """Kill the pool's process that holds a lease."""
    with instance.database() as database:
        row = database.execute(
            "SELECT claimed_by FROM orchestration_steprun WHERE status = 'running' AND queue = 'agents'"
        ).fetchone()
    assert row is not None
    os.kill(int(str(row[0]).rsplit(":", 1)[1]), signal.SIGKILL)


def test_a_run_whose_worker_is_killed_ends_once(instance):
    with instance.api() as api:
        path = seed(api, "import time; time.sleep(4)\nreturn 'done'", "Take your time.")
        wait_for(lambda: runs(api, path)[0]["phase"] == "turns", what="the agent's work")
        time.sleep(1)
        kill_busy_worker(instance)
        run = wait_for(lambda: [r for r in runs(api, path) if r["status"] == "completed"], seconds=RECOVERY_SECONDS)[0]
    assert run["verdict"]["verdict"] == "PASS"
    with instance.database() as database:
        steps = database.execute(
            "SELECT s.status, s.attempt FROM orchestration_steprun s JOIN agents_agentrun a ON a.run_id = s.run_id"
            " WHERE a.title = 'Take your time.' ORDER BY s.attempt"
        ).fetchall()
        events = database.execute(
            "SELECT e.kind, e.seq FROM orchestration_runevent e JOIN agents_agentrun a ON a.run_id = e.run_id"
            " WHERE a.title = 'Take your time.' ORDER BY e.seq"
        ).fetchall()
    assert steps == [("lost", 1), ("completed", 2)]
    assert [seq for _, seq in events] == list(range(1, len(events) + 1))
    assert [kind for kind, _ in events].count("run.completed") == 1


def test_a_killed_worker_leaves_no_sandbox(instance):
    with instance.api() as api:
        path = seed(api, "import time; time.sleep(60)", "Sleep for a minute.")
        wait_for(lambda: runs(api, path)[0]["phase"] == "turns", what="the agent's work")
        time.sleep(1)
        kill_busy_worker(instance)
        wait_for(lambda: not instance.sandbox_processes(), seconds=30, what="ending the sandbox")
        run_id = runs(api, path)[0]["id"]
        assert api.post(f"/api/agent-runs/{run_id}/cancel").json()["status"] == "cancelled"


def test_a_seeding_whose_workers_are_killed_makes_every_row_once(instance):
    with instance.api() as api:
        path = seed(api, "return 'x'", "first")
        rows = "".join(f'"task {n}"\n' for n in range(4_000))
        seeded = api.post(f"{path}/tasks/csv", files={"file": ("t.csv", f"user\n{rows}", "text/csv")}).json()
        for _ in range(3):
            for pid in instance.processes("celery", "control@")[1:]:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.3)

        def is_seeded() -> bool:
            return api.get(f"/api/datasets/{seeded['dataset_id']}").json()["status"] == "seeded"

        wait_for(is_seeded, seconds=RECOVERY_SECONDS, what="seeding every row")
    with instance.database() as database:
        count, distinct = database.execute(
            "SELECT count(*), count(DISTINCT row) FROM evaluation_seededtask t"
            " JOIN evaluation_dataset d ON d.id = t.dataset_id WHERE d.total_rows = 4000"
        ).fetchone()
        agent_runs = database.execute("SELECT count(*) FROM agents_agentrun WHERE title LIKE 'task %'").fetchone()
    assert (count, distinct, agent_runs) == (4_000, 4_000, (4_000,))
