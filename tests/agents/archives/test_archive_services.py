"""Uploading an archive, confirming it, deleting it."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from agents.archives import stale
from agents.archives.errors import (
    ArchiveInUse,
    ArchiveInvalid,
    ArchiveNotUploaded,
    ArchiveUnfit,
    UploadIncomplete,
    UploadLinkInvalid,
    UploadLinkUsed,
    UploadTooLarge,
)
from agents.archives.links import archive_of, secret_of
from agents.archives.receiving import receive
from agents.models import AgentArchive, ArchiveStatus
from agents.services.agents import agent_archive, agent_publish, agent_register, agent_update
from agents.services.archives import archive_confirm, archive_create, archive_delete
from agents.sources.unpacking.limits import MIB
from console.access import Actor, Role
from console.errors import NotAllowed, Unavailable
from console.models import AuditEntry
from tests.support.archives import FLAT, NESTED, confirmed, uploaded
from tests.support.zip_files import LINK, Packed, archive

pytestmark = pytest.mark.django_db


def zip_spec(made, **changes):
    return {"source": {"kind": "zip", "archive_id": made.public_id}, **changes}


def stored_files():
    return [path for path in Path(default_storage.location).rglob("*") if path.is_file()]


def age(made, hours):
    AgentArchive.objects.filter(pk=made.pk).update(chosen_at=timezone.now() - timedelta(hours=hours))


# Making room -------------------------------------------------------------------------------------------------------


def test_an_upload_begins_with_a_name_and_a_size(admin):
    made = archive_create(actor=admin, filename="my-agent.zip", size=1000)

    assert (made.filename, made.size_bytes, made.status) == ("my-agent.zip", 1000, "awaiting")
    assert AuditEntry.objects.get().action == "archive.create"
    assert timedelta(minutes=14) < made.upload_expires_at - timezone.now() <= timedelta(minutes=15)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_archive_uploads_are_not_granted_by_project_level_roles(admin, project, role):
    actor = Actor(organization_id=admin.organization_id, roles={project.pk: role})

    with pytest.raises(NotAllowed, match="Org Admin"):
        archive_create(actor=actor, filename="a.zip", size=1)


def test_a_folder_in_the_name_is_left_out(admin):
    assert archive_create(actor=admin, filename="C:\\agents\\my.ZIP", size=1).filename == "my.ZIP"


@pytest.mark.parametrize("name", ["", "agent.tar.gz", "agent", "a\x1b.zip", "a\0.zip", f"{'a' * 252}.zip"])
def test_a_name_that_is_no_archives_is_refused(admin, name):
    with pytest.raises(ArchiveInvalid) as refused:
        archive_create(actor=admin, filename=name, size=1)
    assert [problem.dotted_path for problem in refused.value.problems] == ["filename"]


@pytest.mark.parametrize("size", [-1, 0, 100 * MIB + 1, 2**70])
def test_more_than_100_mb_and_less_than_a_byte_are_refused(admin, size):
    with pytest.raises(ArchiveInvalid) as refused:
        archive_create(actor=admin, filename="a.zip", size=size)
    assert [problem.dotted_path for problem in refused.value.problems] == ["size"]


def test_100_mb_are_allowed(admin):
    assert archive_create(actor=admin, filename="a.zip", size=100 * MIB).size_bytes == 100 * MIB


# The link ----------------------------------------------------------------------------------------------------------


def test_a_link_leads_to_its_archive(admin):
    made = archive_create(actor=admin, filename="a.zip", size=1)

    assert archive_of(secret_of(made)) == made


def test_a_link_that_was_changed_leads_nowhere(admin):
    made, other = (archive_create(actor=admin, filename="a.zip", size=1) for _ in range(2))
    signature = secret_of(made).partition(":")[2]

    for secret in (made.public_id, f"{other.public_id}:{signature}", "", "x:y", secret_of(made)[:-1]):
        with pytest.raises(UploadLinkInvalid):
            archive_of(secret)


def test_a_link_is_over_after_a_while(admin):
    made = archive_create(actor=admin, filename="a.zip", size=1)
    AgentArchive.objects.filter(pk=made.pk).update(upload_expires_at=timezone.now())

    with pytest.raises(UploadLinkInvalid):
        archive_of(secret_of(made))


# The bytes ---------------------------------------------------------------------------------------------------------


def test_the_bytes_are_stored_as_they_come(admin):
    made = uploaded(admin)

    assert made.status == ArchiveStatus.UPLOADED
    with default_storage.open(made.file) as stored:
        assert stored.read() == FLAT


def test_a_link_works_once(admin):
    made = uploaded(admin)

    with pytest.raises(UploadLinkUsed):
        receive(made, io.BytesIO(FLAT))
    assert len(stored_files()) == 1


def test_of_two_uploads_by_one_link_the_first_to_end_counts(admin):
    made = archive_create(actor=admin, filename="a.zip", size=4)

    class Slow(io.BytesIO):
        def read(self, size=-1):
            if not self.tell():
                receive(AgentArchive.objects.get(pk=made.pk), io.BytesIO(b"fast"))
            return super().read(size)

    with pytest.raises(UploadLinkUsed):
        receive(made, Slow(b"slow"))
    with default_storage.open(AgentArchive.objects.get(pk=made.pk).file) as stored:
        assert stored.read() == b"fast"
    assert len(stored_files()) == 1


def test_more_than_was_announced_is_not_read_to_its_end(admin):
    made = archive_create(actor=admin, filename="a.zip", size=1000)

    class Endless:
        given = 0

        def read(self, size):
            self.given += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(UploadTooLarge):
        receive(made, endless)
    assert endless.given < MIB
    assert stored_files() == []


def test_an_upload_that_broke_off_can_be_made_again_by_the_same_link(admin):
    made = archive_create(actor=admin, filename="a.zip", size=len(FLAT))

    with pytest.raises(UploadIncomplete, match="Send it again"):
        receive(made, io.BytesIO(FLAT[:100]))
    receive(archive_of(secret_of(made)), io.BytesIO(FLAT))

    assert archive_confirm(actor=admin, archive=AgentArchive.objects.get(pk=made.pk)).status == "confirmed"
    assert len(stored_files()) == 1


def test_what_a_process_that_died_was_receiving_is_forgotten_after_a_day(admin, home):
    folder = home.cache / "incoming"
    folder.mkdir(parents=True)
    old, young = folder / "old.zip", folder / "young.zip"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))

    uploaded(admin)

    assert list(folder.iterdir()) == [young]


# Confirming --------------------------------------------------------------------------------------------------------


def test_a_good_archive_is_confirmed_with_what_is_in_it(admin):
    made = confirmed(admin, NESTED)

    assert (made.status, made.file_count, made.flattened) == ("confirmed", 2, "my-agent")
    assert made.unpacked_bytes > 0
    assert len(made.sha256) == 64
    assert AuditEntry.objects.order_by("-pk")[0].action == "archive.confirm"


def test_confirming_twice_is_confirming_once(admin):
    made = confirmed(admin)
    entries = AuditEntry.objects.count()

    assert archive_confirm(actor=admin, archive=made).confirmed_at == made.confirmed_at
    assert AuditEntry.objects.count() == entries


def test_nothing_is_confirmed_before_it_was_uploaded(admin):
    made = archive_create(actor=admin, filename="a.zip", size=1)

    with pytest.raises(ArchiveNotUploaded):
        archive_confirm(actor=admin, archive=made)


def test_a_bad_archive_is_refused_for_good_with_its_reason_and_its_file_deleted(admin):
    made = uploaded(admin, archive(Packed("main.py"), Packed("link", b"/etc/passwd", mode=LINK)))

    for _ in range(2):
        with pytest.raises(ArchiveUnfit, match="link is a symbolic link") as refused:
            archive_confirm(actor=admin, archive=AgentArchive.objects.get(pk=made.pk))
        assert refused.value.details == {"reason": "link"}
    assert stored_files() == []
    assert AgentArchive.objects.get(pk=made.pk).status == "refused"
    assert AuditEntry.objects.order_by("-pk")[0].action == "archive.refuse"


def test_nothing_of_a_refused_archive_is_left_on_disk(admin, home):
    made = uploaded(admin, archive(Packed("main.py", b"x" * 5000), Packed("bad", b"x", crc=1)))

    with pytest.raises(ArchiveUnfit):
        archive_confirm(actor=admin, archive=made)

    assert [path for path in home.path.rglob("*") if path.is_file()] == []


def test_a_disk_that_is_full_is_not_the_archives_fault(admin, monkeypatch):
    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("agents.archives.unpacked.unpack", full)
    made = uploaded(admin)

    with pytest.raises(Unavailable, match="No space left"):
        archive_confirm(actor=admin, archive=made)
    assert AgentArchive.objects.get(pk=made.pk).status == "uploaded"


def test_only_an_org_admin_confirms_and_deletes(admin):
    made = uploaded(admin)
    owner = Actor(organization_id=admin.organization_id, roles={None: Role.PROJECT_ADMIN_OWNER})

    for act in (archive_confirm, archive_delete):
        with pytest.raises(NotAllowed):
            act(actor=owner, archive=made)


# Using and deleting ------------------------------------------------------------------------------------------------


def test_an_agent_takes_a_confirmed_archive_and_keeps_its_id_alone(admin):
    made = confirmed(admin)

    agent = agent_register(actor=admin, name="zipped", spec=zip_spec(made))

    assert agent.draft["source"] == {"kind": "zip", "archive_id": made.public_id}


def test_an_archive_that_nothing_uses_can_be_deleted(admin, django_capture_on_commit_callbacks):
    made = confirmed(admin)

    with django_capture_on_commit_callbacks(execute=True):
        archive_delete(actor=admin, archive=made)

    assert not AgentArchive.objects.exists()
    assert stored_files() == []


def test_an_archive_of_a_draft_or_a_version_is_kept(admin):
    first, second = confirmed(admin), confirmed(admin)
    agent = agent_register(actor=admin, name="zipped", spec=zip_spec(first))
    agent_publish(actor=admin, agent=agent)
    agent.refresh_from_db()
    agent_update(actor=admin, agent=agent, name="zipped", spec=zip_spec(second))

    for made in (first, second):
        with pytest.raises(ArchiveInUse, match="zipped"):
            archive_delete(actor=admin, archive=made)
    agent_archive(actor=admin, agent=agent)
    archive_delete(actor=admin, archive=first)


def test_what_nothing_uses_is_forgotten_after_a_day(admin, django_capture_on_commit_callbacks):
    waiting = archive_create(actor=admin, filename="a.zip", size=1)
    unused, used, young = confirmed(admin), confirmed(admin), confirmed(admin)
    agent_register(actor=admin, name="zipped", spec=zip_spec(used))
    for made in (waiting, unused, used):
        age(made, 25)

    with django_capture_on_commit_callbacks(execute=True):
        assert stale.delete_stale() == 2

    assert set(AgentArchive.objects.all()) == {used, young}
    assert len(stored_files()) == 2


def test_choosing_an_old_archive_keeps_it(admin):
    made = confirmed(admin)
    age(made, 30)

    agent = agent_register(actor=admin, name="zipped", spec=zip_spec(made))
    agent_update(actor=admin, agent=agent, name="zipped", spec={"source": {"kind": "paste", "code": _PASTED}})

    assert stale.delete_stale() == 0


_PASTED = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"
