from datetime import UTC, datetime

import pytest

from console.access import Role
from tests.console.api.conftest import api_as
from tests.factories import AgentRunFactory, AgentVersionFactory, ProjectFactory


@pytest.fixture
def judged(project):
    """Three runs of one agent version, two of which passed, and one that could not be graded."""
    version = AgentVersionFactory(agent__organization=project.organization)
    return [
        AgentRunFactory(project=project, agent=version.agent, version=version, verdict=verdict, judge="a judge")
        for verdict in ("PASS", "PASS", "FAIL", "UNGRADED")
    ]


def test_the_pass_rate_is_told_by_day_with_its_interval(api, judged):
    found = api("GET", "/api/agent-runs/pass-rate?days=3").json()
    today = found["days"][-1]
    assert (len(found["days"]), today["day"]) == (3, f"{datetime.now(UTC):%Y-%m-%d}")
    assert (today["passed"], today["failed"], today["ungraded"]) == (2, 1, 1)
    assert today["share"]["value"] == pytest.approx(2 / 3)
    assert today["share"]["low"] < today["share"]["value"] < today["share"]["high"]
    assert (found["days"][0]["share"], found["total"]["passed"]) == (None, 2)


def test_it_counts_what_fits_the_filters(api, judged):
    assert api("GET", "/api/agent-runs/pass-rate?verdict=PASS").json()["total"]["failed"] == 0
    assert api("GET", "/api/agent-runs/pass-rate?days=0").status_code == 422


def test_what_broke_and_what_could_not_be_graded_comes_in_groups(api, project, judged):
    version = judged[0].version
    for _ in range(2):
        AgentRunFactory(
            project=project, agent=version.agent, version=version, status="failed", error_code="image_not_ready",
            error={"message": "There is no image."},
        )  # fmt: skip
    found = api("GET", "/api/agent-runs/attention").json()
    ((broken,), (ungraded,)) = (found["broken"], found["ungraded"])
    assert (broken["name"], broken["runs"], broken["message"]) == ("image_not_ready", 2, "There is no image.")
    assert (broken["agent_version_id"], broken["agent_version"]) == (version.public_id, 1)
    assert (ungraded["name"], ungraded["runs"]) == ("a judge", 1)


@pytest.mark.parametrize("path", ["pass-rate", "attention"])
def test_others_see_nothing_of_it(project, judged, path):
    assert api_as(project, Role.VIEWER)("GET", f"/api/agent-runs/{path}").status_code == 200
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("GET", f"/api/agent-runs/{path}?agent_id={judged[0].agent.public_id}").status_code == 404
    found = stranger("GET", f"/api/agent-runs/{path}").json()
    assert found.get("broken", []) == []
    assert found.get("total", {"passed": 0})["passed"] == 0
