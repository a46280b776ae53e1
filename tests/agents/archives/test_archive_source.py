"""Runbook 2, the code source: what is fetched for a run, and why it is not."""

import hashlib
import shutil
import threading

import pytest
from django.core.files.storage import default_storage

from agents.errors import AgentInvalid, AgentRunFailed
from agents.models import AgentArchive, ArchiveStatus
from agents.services.agents import agent_register
from agents.services.archives import archive_create
from agents.sources.archive import ArchiveSource
from agents.sources.base import FetchContext
from tests.factories import OrganizationFactory
from tests.support import zip_files
from tests.support.archives import FLAT, NESTED, confirmed, replace_stored, uploaded
from tests.support.zip_files import FOLDER, LINK, Packed, archive

pytestmark = pytest.mark.django_db


def data_of(made):
    return {"kind": "zip", "archive_id": made.public_id}


def fetched(made, *, organization_id=None, lines=None):
    context = FetchContext(
        organization_id or made.organization_id,
        "main.py",
        threading.Event(),
        (lines if lines is not None else []).append,
    )
    return ArchiveSource().fetch(data_of(made), context)


def failure(made, **options):
    with pytest.raises(AgentRunFailed) as failed:
        fetched(made, **options)
    assert failed.value.code == "agent_code_fetch_failed"
    return failed.value.detail


def forget_unpacked(home):
    shutil.rmtree(home.cache)


@pytest.mark.parametrize("data", [FLAT, NESTED], ids=["flat", "in a folder"])
def test_both_forms_land_the_same_way(admin, data):
    code = fetched(confirmed(admin, data))

    assert sorted(str(path.relative_to(code.folder)) for path in code.folder.rglob("*.py")) == [
        "helpers/prompts.py",
        "main.py",
    ]


def test_the_run_keeps_which_archive_it_was(admin):
    made = confirmed(admin)

    assert fetched(made).origin == {"kind": "zip", "archive": "my-agent.zip", "sha256": made.sha256}


def test_it_is_unpacked_once(admin, home):
    made = confirmed(admin)
    forget_unpacked(home)
    lines = []

    fetched(made, lines=lines).close()
    default_storage.delete(made.file)
    fetched(made, lines=lines).close()

    assert lines == ["Unpacking my-agent.zip"]


def test_it_is_kept_while_a_run_has_it(admin, settings):
    settings.CALLBOARD_CODE_CACHE_BYTES = 1
    code = fetched(confirmed(admin))

    confirmed(admin, NESTED)

    assert (code.folder / "main.py").exists()


def test_failed_agent_code_fetch_failed_the_file_is_unconfirmed(admin):
    assert "never confirmed" in failure(archive_create(actor=admin, filename="a.zip", size=5))
    assert "never confirmed" in failure(uploaded(admin))


def test_failed_agent_code_fetch_failed_the_file_is_cross_org(admin):
    detail = failure(confirmed(admin), organization_id=OrganizationFactory().pk)

    assert "belongs to another organization" in detail


def test_failed_agent_code_fetch_failed_the_file_was_deleted(admin, home):
    made = confirmed(admin)
    forget_unpacked(home)
    default_storage.delete(made.file)

    assert "can't be read" in failure(made)


def test_failed_agent_code_fetch_failed_the_file_is_not_the_one_that_was_confirmed(admin, home):
    made = confirmed(admin)
    forget_unpacked(home)
    replace_stored(made, NESTED)

    assert "can't be read" in failure(made)


CHECKS = {
    "size": zip_files.bomb(501),
    "zip-slip": archive(Packed("main.py"), Packed("../up.py")),
    "symlink": archive(Packed("main.py"), Packed("link", b"/etc/passwd", mode=LINK)),
    "overlap": zip_files.overlapping_bomb(),
    "truncated": FLAT[:-30],
    "no files": archive(Packed("empty/", mode=FOLDER)),
}


@pytest.mark.parametrize("data", CHECKS.values(), ids=CHECKS.keys())
def test_failed_agent_code_fetch_failed_archive_validation(admin, home, data):
    """What confirming refuses can't be chosen; should it be there all the same, nothing of it is left on disk."""
    made = uploaded(admin, data)
    digest = hashlib.sha256(data).hexdigest()
    AgentArchive.objects.filter(pk=made.pk).update(status=ArchiveStatus.CONFIRMED, sha256=digest)

    assert failure(made).startswith("my-agent.zip: ")
    assert [path for path in home.cache.rglob("*") if path.is_file()] == []


def test_a_run_that_is_stopped_ends_as_a_failure(admin, home):
    made = confirmed(admin)
    forget_unpacked(home)
    stop = threading.Event()
    stop.set()

    with pytest.raises(AgentRunFailed):
        ArchiveSource().fetch(data_of(made), FetchContext(made.organization_id, "main.py", stop, lambda _: None))


def problems_of(admin, source, **changes):
    with pytest.raises(AgentInvalid) as refused:
        agent_register(actor=admin, name="a", spec={"source": source, **changes})
    return {problem.dotted_path for problem in refused.value.problems}


def test_an_archive_that_is_not_confirmed_can_not_be_saved(admin):
    assert problems_of(admin, data_of(uploaded(admin))) == {"source.archive_id"}


def test_an_archive_of_another_organization_can_not_be_saved(admin):
    made = confirmed(admin)
    AgentArchive.objects.filter(pk=made.pk).update(organization=OrganizationFactory())

    assert problems_of(admin, data_of(made)) == {"source.archive_id"}


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "zip"},
        {"kind": "zip", "archive_id": ""},
        {"kind": "zip", "archive_id": None},
        {"kind": "zip", "archive_id": "agt_01K9X4Z7QD8M3V5T2B6N8C1F0A"},
        {"kind": "zip", "archive_id": "arch_01K9X4Z7QD8M3V5T2B6N8C1F0A", "url": "x"},
        {"kind": "zip", "archive_id": ["arch_01K9X4Z7QD8M3V5T2B6N8C1F0A"]},
    ],
)
def test_only_an_archives_id_is_a_source(admin, source):
    assert problems_of(admin, source) == {"source.archive_id"}


@pytest.mark.parametrize(
    "path", ["", "main", "main.txt", "/main.py", "../main.py", "a//b.py", "a\\b.py", "C:/a.py", ".py", "a/.py"]
)
def test_the_entrypoint_file_is_shape_checked_on_save(admin, path):
    assert problems_of(admin, data_of(confirmed(admin)), entrypoint_file=path) == {"entrypoint_file"}


@pytest.mark.parametrize("path", ["main.py", "src/agent.py", "my agent/main.py", "ünï.py", "no/such/file.py"])
def test_an_entrypoint_file_with_the_right_shape_is_saved_whether_it_is_there_or_not(admin, path):
    agent = agent_register(actor=admin, name="a", spec={"source": data_of(confirmed(admin)), "entrypoint_file": path})

    assert agent.draft["entrypoint_file"] == path
