"""Runbook 2, all the way: an archive is uploaded, an agent takes it, runs in a real sandbox and is graded."""

import pytest

from agents.models import AgentArchive, AgentRun, AgentVersion, ArchiveStatus
from agents.queries import trajectory_of
from agents.services.agents import agent_publish, agent_register
from evaluation.models import SeededTask
from evaluation.services.seeding import tasks_seed
from orchestration import executor
from sandboxes import registry
from tests.factories import AgentArchiveFactory
from tests.sandboxes import engine
from tests.support.agents import published_pipeline
from tests.support.archives import FLAT, NESTED, confirmed
from tests.support.zip_files import Packed, archive

pytestmark = pytest.mark.django_db(transaction=True)

WRITES = b"""import os
from pathlib import Path


def run(task_input, *, proxy_url, run_token):
    Path("/tmp/notes.txt").write_text("seen")
    here = Path(__file__).parent
    words = (here / "data" / "words.txt").read_text()
    return f"{here} {words} {os.access(here / 'tool', os.X_OK)} {os.listdir('/home/user/workspace')}"
"""


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(params=["bubblewrap", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request, settings):
    if request.param == "docker" and (reason := engine.why_not()):
        pytest.skip(reason)
    settings.CALLBOARD_SANDBOX = request.param
    return request.param


@pytest.fixture
def opened(monkeypatch):
    """What sandboxes were asked for."""
    asked = []
    really_choose = registry.choose

    def choose(*arguments):
        asked.append(arguments)
        return really_choose(*arguments)

    monkeypatch.setattr(registry, "choose", choose)
    return asked


@pytest.fixture
def run_one(project, admin):
    """Seed one task for an agent whose code is an archive, carry it out, and return its agent run."""

    def run_one(made, **spec) -> AgentRun:
        source = {"kind": "zip", "archive_id": made.public_id}
        agent = agent_register(actor=admin, name="zipped", spec={"source": source, **spec})
        agent_publish(actor=admin, agent=agent)
        return dispatched(agent)

    def dispatched(agent, change=None):
        pipeline = published_pipeline(admin, project, agent, name=f"pipeline {SeededTask.objects.count()}")
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "Say hello."}])
        if change:
            change()
        executor.drain("agents")
        return SeededTask.objects.order_by("-pk")[0].agent_run

    run_one.dispatched = dispatched
    return run_one


@pytest.mark.parametrize("data", [FLAT, NESTED], ids=["flat", "in a folder"])
def test_both_forms_of_an_archive_run(run_one, admin, sandbox, data):
    run = run_one(confirmed(admin, data))

    assert run.error is None
    assert (run.status, run.verdict, run.sandbox) == ("completed", "PASS", sandbox)
    assert run.final_response == "You are helpful: Say hello."
    assert run.code_origin["archive"] == "my-agent.zip"


def test_it_is_unzipped_into_the_agents_folder_and_never_into_the_graded_workspace(run_one, admin, sandbox):
    files = (Packed("main.py", WRITES), Packed("data/words.txt", b"some words"), Packed("tool", b"x", mode=0o100755))

    run = run_one(confirmed(admin, archive(*files)))

    assert run.final_response == "/home/user/agent some words True []"
    assert {step.kind for step in trajectory_of(run)} == {"file"}


def test_the_second_run_has_the_files_at_once(run_one, admin, settings):
    settings.CALLBOARD_SANDBOX = "bubblewrap"
    made = confirmed(admin)
    first = run_one(made)
    second = run_one.dispatched(first.agent)

    assert (first.status, second.status) == ("completed", "completed")
    resolve = next(phase for phase in second.phases if phase["name"] == "resolve")
    assert resolve["duration_ms"] <= 100


def test_run_fails_on_the_entrypoint_probe(run_one, admin, sandbox):
    """The path does not account for the folder at the top that is flattened."""
    run = run_one(confirmed(admin, NESTED), entrypoint_file="my-agent/main.py")

    assert (run.status, run.error_code, run.verdict) == ("failed", "entrypoint_missing", "")
    assert "my-agent/main.py" in run.error["detail"]


def _unconfirm(made):
    AgentArchive.objects.filter(pk=made.pk).update(status=ArchiveStatus.UPLOADED)


def _give_away(made):
    other = AgentArchiveFactory()
    AgentArchive.objects.filter(pk=made.pk).update(organization=other.organization)


def _delete(made):
    made.delete()


ROWS = {"unconfirmed": _unconfirm, "cross-org": _give_away, "deleted": _delete}


@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS.keys())
def test_failed_agent_code_fetch_failed_before_any_sandbox(run_one, admin, opened, settings, change):
    settings.CALLBOARD_SANDBOX = "bubblewrap"
    made = confirmed(admin)
    archive_id, agent = made.public_id, run_one(made).agent
    opened.clear()

    run = run_one.dispatched(agent, lambda: change(made))

    assert (run.status, run.error_code, run.sandbox) == ("failed", "agent_code_fetch_failed", "")
    assert [phase["name"] for phase in run.phases] == ["resolve"]
    assert opened == []
    assert AgentVersion.objects.get(pk=run.version_id).spec["source"]["archive_id"] == archive_id
