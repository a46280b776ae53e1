"""A whole instance of which a part is away for a while, or whose work is poison."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.chaos import storm
from tests.chaos.poison import POISON
from tests.chaos.seeder import seed, workflow
from tests.support.instance import Instance, wait_for

pytestmark = pytest.mark.kill

AWAY_SECONDS = 60
HUNG_SECONDS = 15
#: What was held up must be done within this, once the part is back.
RECOVERY_SECONDS = 90
BODY = "import time; time.sleep(1)\nreturn 'done'"


@pytest.fixture(scope="module")
def instance(homes) -> Iterator[Instance]:
    running = Instance(homes.new(), storm.SETTINGS).start()
    yield running
    running.stop()


@pytest.fixture
def api(instance) -> Iterator[httpx.Client]:
    with instance.api() as client:
        yield client


def runs(api: httpx.Client, path: str) -> list[dict]:
    return [task["agent_run"] for task in api.get(f"{path}/tasks?limit=200").json()["items"]]


def all_passed(api: httpx.Client, path: str, count: int) -> bool:
    found = runs(api, path)
    assert all(run["status"] not in {"failed", "cancelled"} for run in found), found
    return [run["status"] for run in found] == ["completed"] * count


def missing(instance: Instance) -> set[str]:
    return set(httpx.get(f"{instance.url}/healthz", timeout=30).json().get("missing", {}))


@contextmanager
def kept_away(instance: Instance, pid: int) -> Iterator[None]:
    """Kill a process, and keep the supervisor from starting it again for as long as the block runs."""
    supervisor = instance.process.pid
    os.kill(supervisor, signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGKILL)
        yield
    finally:
        os.kill(supervisor, signal.SIGCONT)


@contextmanager
def hung(_instance: Instance, pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(("away", "seconds"), [(kept_away, AWAY_SECONDS), (hung, HUNG_SECONDS)], ids=["gone", "hung"])
def test_what_is_seeded_while_redis_is_away_is_carried_out_when_it_is_back(instance, api, away, seconds):
    path = workflow(api, "redis", BODY)
    assert seed(api, path, ["before"]).status_code == 201
    with away(instance, instance.broker_pid()):
        back_at = time.monotonic() + seconds
        assert seed(api, path, ["while it is away"]).status_code == 201
        assert "broker" in missing(instance)
        assert len(runs(api, path)) == 2
        time.sleep(max(0.0, back_at - time.monotonic()))
    wait_for(lambda: all_passed(api, path, 2), seconds=RECOVERY_SECONDS, what="carrying both out")
    wait_for(lambda: not missing(instance), seconds=RECOVERY_SECONDS, what="being well again")
    with instance.database() as database:
        attempts = database.execute("SELECT max(attempt) FROM orchestration_steprun").fetchone()
    assert attempts == (1,), "a broker that goes away takes no step from its worker"


def test_a_database_that_restarts_under_load_costs_nothing(instance, api):
    path = workflow(api, "database", BODY)
    assert seed(api, path, [f"task {n}" for n in range(12)]).status_code == 201
    for _ in range(3):
        time.sleep(2)
        wait_for(lambda: is_back(api, path), seconds=RECOVERY_SECONDS, what="the database's answer")
        pid_file = instance.home / "postgres" / "postmaster.pid"
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
    wait_for(lambda: is_back(api, path), seconds=RECOVERY_SECONDS, what="the database's answer")
    wait_for(lambda: all_passed(api, path, 12), seconds=RECOVERY_SECONDS, what="carrying all out")


def is_back(api: httpx.Client, path: str) -> bool:
    answer = api.get(f"{path}/tasks")
    assert answer.status_code in {200, 503}, answer.text
    return answer.status_code == 200


def test_while_the_database_is_away_everybody_is_told_so(instance, api):
    postmaster = int((instance.home / "postgres" / "postmaster.pid").read_text().split()[0])
    with kept_away(instance, postmaster):
        answer = wait_for(lambda: _refused(api), what="noticing it")
        page = httpx.get(f"{instance.url}/sign-in", timeout=30, headers={"Cookie": "callboard=x"})
        assert "database" in missing(instance)
    assert answer.json()["error"]["code"] == "database_away"
    assert page.status_code in {200, 503}
    wait_for(lambda: not missing(instance), seconds=RECOVERY_SECONDS, what="being well again")
    assert api.get("/api/agents").status_code == 200


def _refused(api: httpx.Client) -> httpx.Response | None:
    answer = api.get("/api/agents")
    return answer if answer.status_code == 503 else None


@contextmanager
def signed_in(instance: Instance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=instance.url, headers={"Referer": instance.url}, timeout=30) as browser:
        page = browser.get(instance.sign_in_link)
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        assert browser.post(instance.sign_in_link, data={"csrfmiddlewaretoken": token}).status_code == 302
        yield browser


def test_work_that_kills_its_worker_is_stopped_and_says_why(instance, api):
    path = workflow(api, "poison", BODY)
    assert seed(api, path, [POISON, "harmless"]).status_code == 201

    def ended() -> list[dict]:
        found = runs(api, path)
        return found if {run["status"] for run in found} == {"failed", "completed"} else []

    found = {run["title"]: run for run in wait_for(ended, seconds=RECOVERY_SECONDS, what="stopping the poison")}
    poisoned = api.get(f"/api/agent-runs/{found[POISON]['id']}").json()
    assert poisoned["error"]["code"] == "step_kills_worker"
    assert "fell silent 3 times" in poisoned["error"]["message"]
    assert poisoned["error"]["fix"]
    with signed_in(instance) as browser:
        page = browser.get(f"/runs/{poisoned['id']}")
    assert "fell silent 3 times" in page.text
    with instance.database() as database:
        attempts = database.execute(
            "SELECT s.status FROM orchestration_steprun s JOIN agents_agentrun a ON a.run_id = s.run_id"
            " WHERE a.title = %s ORDER BY s.attempt",
            [POISON],
        ).fetchall()
    assert attempts == [("lost",), ("lost",), ("lost",), ("failed",)]
