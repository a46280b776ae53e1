"""The form of an agent whose code is a ZIP archive."""

import pytest

from agents.models import Agent, AgentRun
from console.access import Role
from console.embedded.home import Home
from evaluation.services.seeding import tasks_seed
from tests.console.pages.conftest import client_as
from tests.factories import AgentArchiveFactory
from tests.support.agents import published_agent, published_pipeline
from tests.support.archives import NESTED, confirmed

FORM = {
    "name": "zipped", "runtime": "python", "source": "zip", "entrypoint": "run", "entrypoint_file": "main.py",
    "run_timeout_s": "300", "concurrency": "5", "network": "none",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    settings.MEDIA_ROOT = tmp_path / "home" / "files"


@pytest.fixture
def made(admin):
    return confirmed(admin, NESTED)


def test_an_agent_is_registered_with_the_archives_id_alone(client, made):
    answer = client.post("/agents/new", {**FORM, "archive_id": made.public_id})

    assert answer.status_code == 303
    assert Agent.objects.get().draft["source"] == {"kind": "zip", "archive_id": made.public_id}


@pytest.mark.parametrize("archive_id", ["", "arch_01K9X4Z7QD8M3V5T2B6N8C1F0A", "nonsense"])
def test_without_a_confirmed_archive_it_says_so_at_its_place(client, archive_id):
    answer = client.post("/agents/new", {**FORM, "archive_id": archive_id})

    assert answer.status_code == 422
    assert 'id="id_archive_id_problem"' in answer.content.decode()


def test_editing_shows_the_archive_that_is_kept(client, made):
    client.post("/agents/new", {**FORM, "archive_id": made.public_id})

    text = client.get(f"/agents/{Agent.objects.get().public_id}/edit").content.decode()

    assert f'value="{made.public_id}"' in text
    for shown in ("my-agent.zip", "2 files", made.sha256, "my-agent/"):
        assert shown in text


def test_the_agents_page_shows_its_archive(client, made):
    client.post("/agents/new", {**FORM, "archive_id": made.public_id, "act": "publish"})

    text = client.get(f"/agents/{Agent.objects.get().public_id}").content.decode()

    assert "my-agent.zip" in text
    assert "2 files" in text


def test_an_archive_of_another_organization_is_neither_shown_nor_taken(client):
    theirs = AgentArchiveFactory(filename="theirs.zip")

    answer = client.post("/agents/new", {**FORM, "archive_id": theirs.public_id})

    assert answer.status_code == 422
    assert "theirs.zip" not in answer.content.decode()
    assert client.get(f"/agents/archives/{theirs.public_id}").status_code == 404


def test_who_may_not_upload_sees_who_may(client, project, made):
    owner = client_as(project, Role.PROJECT_ADMIN_OWNER)

    text = owner.get("/agents/new").content.decode()

    assert "An Org Admin uploads archives" in text
    assert "data-archive-place" not in text
    assert "data-archive-place" in client.get("/agents/new").content.decode()


def test_who_may_not_upload_keeps_the_archive_when_editing(client, project, made):
    client.post("/agents/new", {**FORM, "archive_id": made.public_id})
    agent = Agent.objects.get()
    owner = client_as(project, Role.PROJECT_ADMIN_OWNER)

    answer = owner.post(f"/agents/{agent.public_id}/edit", {**FORM, "archive_id": made.public_id, "description": "new"})

    agent.refresh_from_db()
    assert (answer.status_code, agent.description) == (303, "new")


def test_what_is_known_of_an_upload_is_a_part_of_its_own(client, made):
    text = client.get(f"/agents/archives/{made.public_id}").content.decode()

    assert "my-agent.zip" in text
    assert "<html" not in text


def test_a_member_has_no_business_with_archives(project, made):
    assert client_as(project, Role.MEMBER).get(f"/agents/archives/{made.public_id}").status_code == 403


def test_a_run_shows_which_archive_it_was(client, admin, project):
    pipeline = published_pipeline(admin, project, published_agent(admin))
    tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "Say hello."}])
    AgentRun.objects.update(code_origin={"kind": "zip", "archive": "my-agent.zip", "sha256": "ab" * 32})

    text = client.get(f"/runs/{AgentRun.objects.get().public_id}").content.decode()

    assert "my-agent.zip" in text
    assert "abababababab" in text
