import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from console.access import Role
from tests.console.api.conftest import api_as
from tests.console.tenancy.conftest import body_of
from tests.factories import ProjectFactory


@pytest.fixture
def trail(api):
    """Two changes: a project made and renamed."""
    made = api("POST", "/api/projects", {"name": "Refunds"}).json()
    api("PUT", f"/api/projects/{made['id']}", {"name": "=1+1"})
    return made["id"]


def actions(api, query: str = "") -> list[str]:
    return [entry["action"] for entry in api("GET", f"/api/audit{query}").json()["items"]]


def test_changes_are_listed_with_who_and_what(api, trail):
    entry = api("GET", "/api/audit?action=project.rename").json()["items"][0]
    assert (entry["words"], entry["target_id"]) == ("renamed a project", trail)
    assert (entry["before"], entry["after"]) == ({"name": "Refunds"}, {"name": "=1+1"})
    assert entry["person_id"] == api("GET", "/api/me").json()["id"]


def test_filters_leave_what_fits(api, trail):
    me = api("GET", "/api/me").json()["id"]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert actions(api, f"?target={trail}") == ["project.rename", "project.create"]
    assert actions(api, "?target=refunds") == ["project.create"]
    assert actions(api, f"?person={me}&action=project.create") == ["project.create"]
    assert actions(api, f"?person=callboard&target={trail}") == []
    assert actions(api, f"?since={tomorrow}T00:00:00Z") == []
    assert "project.create" in actions(api, "?since=0001-01-01T00:00:00Z")


@pytest.mark.parametrize(("query", "status"), [("person=nobody", 404), ("action=fly", 422), ("since=noon", 422)])
def test_a_filter_that_can_not_be_is_refused(api, query, status):
    assert api("GET", f"/api/audit?{query}").status_code == status


def test_it_comes_as_a_file_that_is_safe_for_spreadsheets(api, trail):
    answer = api("GET", "/api/audit/export?action=project.rename")
    (row,) = csv.DictReader(io.StringIO(body_of(answer), newline=""))
    assert (answer["Content-Type"], row["target"]) == ("text/csv; charset=utf-8", "'=1+1")


def test_it_is_paged(api, trail):
    first = api("GET", f"/api/audit?target={trail}&limit=1").json()
    second = api("GET", f"/api/audit?target={trail}&limit=1&cursor={first['next_cursor']}").json()
    assert [page["items"][0]["action"] for page in (first, second)] == ["project.rename", "project.create"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_other_roles_may_not_read_it(project, role):
    ask = api_as(project, role)
    assert {ask("GET", f"/api/audit{path}").status_code for path in ("", "/export", "?action=fly")} == {403}


def test_another_organizations_trail_is_not_in_it(api, trail):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert "project.create" not in actions(stranger)
