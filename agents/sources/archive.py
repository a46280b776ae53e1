import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from django.db.models import QuerySet
from django.utils import timezone
from pydantic import JsonValue

from agents.archives.limits import LIMITS
from agents.archives.stored import FileUnreadable, local_copy
from agents.archives.unpacked import code_in, key_of, unpack_into
from agents.errors import AgentInvalid, AgentRunFailed, FailureCode
from agents.models import Agent, AgentArchive, ArchiveStatus
from agents.sources.base import Code, FetchContext, Source
from agents.sources.cache import Held, WaitStopped, code_cache
from agents.sources.unpacking.apart import UnpackingStopped
from agents.sources.unpacking.faults import ArchiveRefused
from agents.sources.unpacking.names import checked_path
from console.access import Actor
from console.errors import Problem
from console.ids import from_public

_PYTHON_FILE = re.compile(r".*[^/]\.py", re.DOTALL)
_CHOOSE = "Upload an archive, and wait until it is confirmed."


class ArchiveSource(Source):
    """A ZIP archive that was uploaded and confirmed: `{"kind": "zip", "archive_id": "arch_…"}`."""

    def problems(
        self,
        data: Mapping[str, JsonValue],
        *,
        entrypoint: str,  # noqa: ARG002  # what is in the archive is seen when it runs
        entrypoint_file: str,
    ) -> list[Problem]:
        found = []
        if set(data) != {"kind", "archive_id"} or _key(data) is None:
            found.append(Problem(_CHOOSE, "source", "archive_id"))
        if problem := entrypoint_file_problem(entrypoint_file):
            found.append(Problem(problem, "entrypoint_file"))
        return found

    def problems_for(self, data: Mapping[str, JsonValue], agent: Agent) -> list[Problem]:
        archive = _found(data, agent.organization_id).first()
        if archive is None:
            return [Problem("There is no such archive in this organization.", "source", "archive_id")]
        if archive.status != ArchiveStatus.CONFIRMED:
            return [Problem(f"{archive.filename} is not confirmed. {_CHOOSE}", "source", "archive_id")]
        return []

    def stored(self, data: dict[str, JsonValue], *, actor: Actor, agent: Agent) -> dict[str, JsonValue]:  # noqa: ARG002
        # Whoever is just about to delete it for being unused either sees this, or has been faster.
        if not _found(data, agent.organization_id).update(chosen_at=timezone.now()):
            raise AgentInvalid.of(
                [Problem("The archive was deleted just now. Upload it again.", "source", "archive_id")]
            )
        return data

    def fetch(self, data: Mapping[str, JsonValue], context: FetchContext) -> Code:
        archive = _found(data, context.organization_id).first()
        if archive is None:
            _fail("The archive was deleted, or belongs to another organization. Upload it again.")
        if archive.status != ArchiveStatus.CONFIRMED:
            _fail(f"The upload of {archive.filename} was never confirmed. Upload it again.")
        held = _held(archive, context)
        origin: dict[str, JsonValue] = {"kind": "zip", "archive": archive.filename, "sha256": archive.sha256}
        return Code(context.entrypoint_file, folder=code_in(held), hold=held, origin=origin)


def entrypoint_file_problem(path: str) -> str | None:
    """Return why a path can't be that of a Python file in an archive or a repository."""
    if not _PYTHON_FILE.fullmatch(path):
        return "Name a .py file by its path in the archive, such as main.py or src/agent.py."
    try:
        parts = checked_path(path, LIMITS)
    except ArchiveRefused as refused:
        return refused.sentence
    return None if "/".join(parts) == path else "Write the path as it is in the archive."


def _held(archive: AgentArchive, context: FetchContext) -> Held:
    """Return the archive's files, unpacked if they are not yet; raise AgentRunFailed where that can't be."""
    try:
        return code_cache().hold(key_of(archive.sha256), lambda folder: _unpack(archive, folder, context), context.stop)
    except ArchiveRefused as refused:
        _fail(f"{archive.filename}: {refused.sentence}", refused)
    except FileUnreadable as error:
        _fail(f"The stored file of {archive.filename} can't be read. Upload it again.", error)
    except (WaitStopped, UnpackingStopped) as error:
        _fail("It was stopped.", error)
    except OSError as error:
        _fail(f"{archive.filename} can't be unpacked on the worker's machine: {error.strerror}.", error)


def _unpack(archive: AgentArchive, folder: Path, context: FetchContext) -> None:
    context.on_line(f"Unpacking {archive.filename}")
    with local_copy(archive.file, most_bytes=archive.size_bytes) as copy:
        if copy.sha256 != archive.sha256:
            raise FileUnreadable("it is not the file that was confirmed")
        unpack_into(folder, copy.path, context.stop)


def _fail(detail: str, cause: Exception | None = None) -> NoReturn:
    raise AgentRunFailed(FailureCode.AGENT_CODE_FETCH_FAILED, detail) from cause


def _found(data: Mapping[str, JsonValue], organization_id: uuid.UUID) -> "QuerySet[AgentArchive]":
    own: QuerySet[AgentArchive] = AgentArchive.objects.filter(organization_id=organization_id)
    key = _key(data)
    return own.filter(pk=key) if key else own.none()


def _key(data: Mapping[str, JsonValue]) -> uuid.UUID | None:
    return from_public(AgentArchive.ID_PREFIX, str(data.get("archive_id", "")))
