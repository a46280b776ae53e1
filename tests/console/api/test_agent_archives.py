"""Uploading an archive over the API, as runbook 2 has it."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from agents.models import AgentArchive
from agents.sources.unpacking.limits import MIB
from console.access import Role
from console.embedded.home import Home
from tests.console.api.conftest import api_as
from tests.factories import AgentArchiveFactory
from tests.support.archives import FLAT, NESTED
from tests.support.zip_files import LINK, Packed, archive

ARCHIVES = "/api/agent-archives"


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    settings.MEDIA_ROOT = tmp_path / "home" / "files"


def begun(api, data=FLAT, name="my-agent.zip"):
    answer = api("POST", ARCHIVES, {"filename": name, "size": len(data)})
    assert answer.status_code == 201, answer.content
    return answer.json()


def put(link, data=FLAT, **headers):
    """Send bytes with nothing but the link: no session, no token, no CSRF key."""
    return Client(enforce_csrf_checks=True).generic(
        "PUT", link["upload_url"].partition("testserver")[2], data, content_type="application/zip", headers=headers
    )


def confirmed(api, data=FLAT):
    link = begun(api, data)
    assert put(link, data).status_code == 200
    return api("POST", f"{ARCHIVES}/{link['id']}/confirm")


def code_of(answer):
    return (answer.status_code, answer.json()["error"]["code"])


def test_an_archive_is_announced_uploaded_and_confirmed(api):
    link = begun(api, NESTED)

    assert set(link) == {"id", "upload_url", "expires_at"}
    assert put(link, NESTED).json() == {"id": link["id"], "status": "uploaded"}
    answer = api("POST", f"{ARCHIVES}/{link['id']}/confirm")

    assert answer.status_code == 200
    found = answer.json()
    assert (found["id"], found["status"], found["files"], found["flattened"]) == (
        link["id"],
        "confirmed",
        2,
        "my-agent",
    )
    assert api("GET", f"{ARCHIVES}/{link['id']}").json() == found


def test_an_agent_takes_it_by_its_id(api):
    archive_id = confirmed(api).json()["id"]
    source = {"kind": "zip", "archive_id": archive_id}

    agent = api("POST", "/api/agents", {"name": "zipped", "source": source, "entrypoint_file": "main.py"})

    assert (agent.status_code, agent.json()["spec"]["source"]) == (201, source)
    assert api("POST", f"/api/agents/{agent.json()['id']}/publish").status_code == 200
    assert api("GET", f"{ARCHIVES}/{archive_id}").json()["used_by"] == ["zipped"]


def test_an_agent_does_not_take_one_that_is_not_confirmed(api):
    answer = api("POST", "/api/agents", {"name": "a", "source": {"kind": "zip", "archive_id": begun(api)["id"]}})

    assert code_of(answer) == (422, "agent_invalid")
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "source.archive_id"


def test_what_is_wrong_with_it_is_refused_when_it_is_confirmed(api):
    answer = confirmed(api, archive(Packed("main.py"), Packed("link", b"x", mode=LINK)))

    assert code_of(answer) == (422, "archive_refused")
    assert answer.json()["error"]["details"]["reason"] == "link"
    assert api("GET", ARCHIVES).json()["items"][0]["refusal"]["reason"] == "link"


def test_nothing_is_confirmed_before_its_bytes_are_there(api):
    assert code_of(api("POST", f"{ARCHIVES}/{begun(api)['id']}/confirm")) == (422, "archive_not_uploaded")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filename": "a.tar", "size": 1}, "filename"),
        ({"filename": "a.zip", "size": 0}, "size"),
        ({"filename": "a.zip", "size": 100 * MIB + 1}, "size"),
        ({"filename": "a.zip"}, "size"),
        ({"filename": "a.zip", "size": True}, "size"),
        ({"filename": "a.zip", "size": 1, "url": "x"}, "url"),
    ],
)
def test_an_announcement_that_can_not_be_used_is_refused(api, body, field):
    answer = api("POST", ARCHIVES, body)

    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["error"]["details"]["problems"]] == [field]


def test_a_link_works_once(api):
    link = begun(api)

    assert put(link).status_code == 200
    assert code_of(put(link)) == (409, "upload_link_used")


def test_a_link_is_over_after_a_while(api):
    link = begun(api)
    AgentArchive.objects.update(upload_expires_at=timezone.now() - timedelta(seconds=1))

    assert code_of(put(link)) == (403, "upload_link_invalid")


def test_a_link_takes_no_more_and_no_less_than_was_announced(api):
    link = begun(api)

    assert code_of(put(link, FLAT + b"x")) == (413, "upload_too_large")
    assert code_of(put(link, FLAT[:-1])) == (422, "upload_incomplete")
    assert put(link).status_code == 200


def test_an_upload_leaves_nothing_behind_that_was_not_taken(api):
    link = begun(api)
    put(link, FLAT + b"x")

    assert [path for path in Path(default_storage.location).rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_a_link_is_for_putting_alone(api, method):
    path = begun(api)["upload_url"].partition("testserver")[2]

    assert Client().generic(method, path).status_code == 405


def test_the_link_leads_to_the_host_that_was_asked(api, settings):
    settings.CALLBOARD_URL = "https://callboard.example.com"
    settings.ALLOWED_HOSTS = ["console.example.org"]

    link = api("POST", ARCHIVES, {"filename": "a.zip", "size": 5}, Host="console.example.org").json()

    assert link["upload_url"].startswith("https://console.example.org/api/agent-archives/uploads/arch_")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_only_an_org_admin_uploads_and_deletes(api, project, role):
    archive_id = confirmed(api).json()["id"]
    other = api_as(project, role)

    assert code_of(other("POST", ARCHIVES, {"filename": "a.zip", "size": 1})) == (403, "forbidden")
    assert code_of(other("POST", f"{ARCHIVES}/{archive_id}/confirm")) == (403, "forbidden")
    assert code_of(other("DELETE", f"{ARCHIVES}/{archive_id}")) == (403, "forbidden")


def test_whoever_registers_agents_reads_what_there_is(api, project):
    archive_id = confirmed(api).json()["id"]

    answer = api_as(project, Role.PROJECT_ADMIN_OWNER)("GET", f"{ARCHIVES}/{archive_id}")

    assert (answer.status_code, answer.json()["filename"]) == (200, "my-agent.zip")


def test_archives_are_listed_newest_first_and_by_status(api):
    first, second = confirmed(api).json()["id"], begun(api)["id"]

    assert [item["id"] for item in api("GET", ARCHIVES).json()["items"]] == [second, first]
    assert [item["id"] for item in api("GET", f"{ARCHIVES}?status=confirmed").json()["items"]] == [first]
    page = api("GET", f"{ARCHIVES}?limit=1").json()
    assert [item["id"] for item in api("GET", f"{ARCHIVES}?limit=1&cursor={page['next_cursor']}").json()["items"]] == [
        first
    ]
    assert api("GET", f"{ARCHIVES}?colour=red").status_code == 422


def test_the_list_asks_as_often_for_many_as_for_few(api, project, django_assert_max_num_queries):
    AgentArchiveFactory.create_batch(20, organization=project.organization)

    with django_assert_max_num_queries(8):
        assert len(api("GET", ARCHIVES).json()["items"]) == 20


def test_an_unused_archive_is_deleted_and_a_used_one_is_not(api):
    unused, used = confirmed(api).json()["id"], confirmed(api).json()["id"]
    api("POST", "/api/agents", {"name": "zipped", "source": {"kind": "zip", "archive_id": used}})

    assert api("DELETE", f"{ARCHIVES}/{unused}").status_code == 204
    assert api("GET", f"{ARCHIVES}/{unused}").status_code == 404
    assert code_of(api("DELETE", f"{ARCHIVES}/{used}")) == (409, "archive_in_use")


def test_bytes_are_not_held_in_memory_but_read_piece_by_piece(api, monkeypatch):
    link, sizes = begun(api, bytes(3 * MIB)), []
    really_read = io.BytesIO.read

    class Counting(io.BytesIO):
        def read(self, size=-1):
            sizes.append(size)
            return really_read(self, size)

    path = link["upload_url"].partition("testserver")[2]
    answer = Client().generic("PUT", path, b"", **{"wsgi.input": Counting(bytes(3 * MIB)), "CONTENT_LENGTH": 3 * MIB})

    assert answer.status_code == 200, answer.content
    assert max(sizes) <= MIB
    assert -1 not in sizes


def test_the_answer_of_a_link_says_nothing_of_whose_it_is(api, project):
    text = json.dumps(put(begun(api)).json())

    assert project.organization.name not in text
