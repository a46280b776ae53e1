import datetime as dt

import pytest
from django.utils import timezone

from console.live import lag
from orchestration import journal
from orchestration.queries import EventRow
from tests.engine.conftest import chain, note, start  # noqa: F401  # a fixture
from tests.factories import AgentRunFactory

TOKEN = "a token of at least 24 characters"


@pytest.fixture
def scrape(client, db, settings):
    settings.CALLBOARD_METRICS_TOKEN = TOKEN

    def scrape() -> dict[str, float]:
        answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        lines = (line for line in answer.content.decode().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    return scrape


def test_it_tells_of_runs_queues_and_leases(scrape, start):  # noqa: F811  # the fixture
    start(chain(note("a")))
    start(chain(note("a")))
    journal.claim("control", "a worker")
    found = scrape()
    assert found['callboard_runs{status="running"}'] == 2
    assert found['callboard_queue_steps{queue="control",status="ready"}'] == 1
    assert found['callboard_queue_age_seconds{queue="control",status="ready"}'] >= 0
    assert found['callboard_leases{queue="control"}'] == 1
    assert 0 <= found['callboard_lease_age_seconds{queue="control"}'] < journal.LEASE_SECONDS


def test_it_tells_of_sandboxes_and_of_what_broke(scrape, project):
    AgentRunFactory(project=project, sandbox="bubblewrap")
    AgentRunFactory(project=project, sandbox="docker", error_code="image_not_ready", cause="environment")
    found = scrape()
    assert found['callboard_sandbox_opens_last_hour{backend="docker"}'] == 1
    assert found['callboard_agent_run_failures_last_hour{cause="environment",code="image_not_ready"}'] == 1


def test_it_tells_how_late_sockets_are(scrape):
    before = scrape().get("callboard_socket_lag_seconds_count", 0)
    lag.note([EventRow(1, "run.started", "{}", timezone.now() - dt.timedelta(seconds=3))])
    found = scrape()
    assert found["callboard_socket_lag_seconds_count"] == before + 1
    assert found["callboard_socket_lag_seconds_sum"] >= 3


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer wrong"])
def test_without_the_token_there_is_nothing(client, db, settings, shown):
    settings.CALLBOARD_METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"authorization": shown}).status_code == 404


def test_where_no_token_is_set_there_is_nothing_for_anybody(client, db, settings):
    settings.CALLBOARD_METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404
