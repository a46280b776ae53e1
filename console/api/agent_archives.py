"""ZIP archives with agents' code: announced, uploaded by a link of their own, confirmed, and then an agent's source."""

from datetime import datetime
from typing import IO, Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict, JsonValue, StrictInt

from agents.archives.direct import direct_url, is_direct
from agents.archives.links import archive_of, secret_of
from agents.archives.queries import archives_for
from agents.archives.receiving import receive
from agents.archives.uses import users_of_archives
from agents.models import AgentArchive, ArchiveStatus
from agents.services.archives import archive_confirm, archive_create, archive_delete
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.queries import QueryIn
from console.lists.paging import page
from console.tenancy import by_public_id

router = Router(tags=["Agent archives"])

_ZIP: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the archive's bytes, as many as were announced",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ID, _SHA256 = "arch_01K9X4Z7QD8M3V5T2B6N8C1F0A", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_BEGUN: dict[str, JsonValue] = {
    "id": _ID, "upload_url": f"https://callboard.example.com/api/agent-archives/uploads/{_ID}:Q3VydGFpbg",
    "expires_at": "2026-03-01T09:15:00Z",
}  # fmt: skip
_ARCHIVE: dict[str, JsonValue] = {
    "id": _ID, "filename": "my-agent.zip", "size": 4096, "status": "confirmed", "sha256": _SHA256, "files": 2,
    "unpacked_size": 9000, "flattened": "my-agent", "refusal": None, "used_by": ["hello-sandbox"],
    "uploaded_by": "Ada", "created_at": "2026-03-01T09:00:00Z", "confirmed_at": "2026-03-01T09:00:02Z",
}  # fmt: skip


class ArchiveIn(Schema):
    """A file that is going to be uploaded."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"filename": "my-agent.zip", "size": 4096}})

    filename: str = Field(description="its name, which ends in .zip")
    size: StrictInt = Field(description="in bytes, at most 104857600")


class UploadOut(Schema):
    """Where the bytes go: by one PUT, with nothing but the link."""

    model_config = ConfigDict(json_schema_extra={"example": _BEGUN})

    id: str
    upload_url: str = Field(description="takes the bytes by PUT, once, until it expires; whoever has it needs no token")
    expires_at: datetime


class RefusalOut(Schema):
    """Why an archive was not taken."""

    reason: str = Field(description="a word for programs, such as link or unsafe_name")
    message: str


class ArchiveOut(Schema):
    """What is known of an archive."""

    model_config = ConfigDict(json_schema_extra={"example": _ARCHIVE})

    id: str
    filename: str
    size: int = Field(description="in bytes")
    status: ArchiveStatus = Field(description="awaiting, uploaded, confirmed or refused; agents take confirmed ones")
    sha256: str = Field(description="of the file; blank until it is confirmed")
    files: int
    unpacked_size: int = Field(description="in bytes")
    flattened: str = Field(description="the single folder at the top that is left out; blank where there is none")
    refusal: RefusalOut | None
    used_by: list[str] = Field(description="agents, by their names")
    uploaded_by: str
    created_at: datetime
    confirmed_at: datetime | None


class ReceivedOut(Schema):
    """The bytes are there. Confirm the archive next."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": _ID, "status": "uploaded"}})

    id: str
    status: ArchiveStatus


class ArchivesIn(QueryIn):
    """Only archives that fit all of what is given."""

    status: ArchiveStatus | None = None
    cursor: str | None = None
    limit: int = 50


@router.post(
    "", response={201: UploadOut}, url_name="create_archive", summary="Announce an archive, and get a link to upload it"
)
def create(request: ApiRequest, data: ArchiveIn) -> Status[UploadOut]:
    archive = archive_create(actor=request.auth.actor, filename=data.filename, size=data.size)
    out = UploadOut(
        id=archive.public_id, upload_url=_upload_url(request, archive), expires_at=archive.upload_expires_at
    )
    return Status(201, out)


@router.put(
    "/uploads/{secret}", response=ReceivedOut, auth=None, url_name="upload_archive", summary="Upload the bytes",
    openapi_extra=_ZIP,
)  # fmt: skip
def upload(request: HttpRequest, secret: str) -> ReceivedOut:
    """The link is all it takes. An upload that breaks off can be made again by the same link, until it expires."""
    archive = archive_of(secret)
    receive(archive, cast("IO[bytes]", request))
    return ReceivedOut(id=archive.public_id, status=ArchiveStatus.UPLOADED)


@router.post("/{archive_id}/confirm", response=ArchiveOut, summary="Look an uploaded archive through, and take it")
def confirm(request: ApiRequest, archive_id: str) -> ArchiveOut:
    """What is wrong with it is refused here for good, with the reason in `details.reason`: upload another."""
    return _out(request, archive_confirm(actor=request.auth.actor, archive=_archive(request, archive_id)))


@router.get("", response=ListOut[ArchiveOut], summary="List archives, the newest first")
def index(request: ApiRequest, filters: Query[ArchivesIn]) -> ListOut[ArchiveOut]:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    rows = archives_for(request.auth.actor)
    if filters.status:
        rows = rows.filter(status=filters.status)
    users = users_of_archives(request.auth.actor.organization_id)
    found = page(rows, cursor=filters.cursor, limit=filters.limit)
    return list_out(found, lambda archive: archive_out(archive, users))


@router.get("/{archive_id}", response=ArchiveOut, summary="Get an archive")
def detail(request: ApiRequest, archive_id: str) -> ArchiveOut:
    return _out(request, _archive(request, archive_id))


@router.delete("/{archive_id}", response={204: None}, summary="Delete an archive that no agent uses")
def delete(request: ApiRequest, archive_id: str) -> Status[None]:
    archive_delete(actor=request.auth.actor, archive=_archive(request, archive_id))
    return Status(204, None)


def archive_out(archive: AgentArchive, users: dict[str, list[str]]) -> ArchiveOut:
    refusal = RefusalOut(reason=archive.fault, message=archive.refusal) if archive.fault else None
    return ArchiveOut(
        id=archive.public_id, filename=archive.filename, size=archive.size_bytes, status=ArchiveStatus(archive.status),
        sha256=archive.sha256, files=archive.file_count, unpacked_size=archive.unpacked_bytes,
        flattened=archive.flattened, refusal=refusal, used_by=users.get(archive.public_id, []),
        uploaded_by=archive.uploaded_by, created_at=archive.created_at, confirmed_at=archive.confirmed_at,
    )  # fmt: skip


def _out(request: ApiRequest, archive: AgentArchive) -> ArchiveOut:
    return archive_out(archive, users_of_archives(request.auth.actor.organization_id))


def _archive(request: ApiRequest, archive_id: str) -> AgentArchive:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    return by_public_id(archives_for(request.auth.actor), archive_id)


def _upload_url(request: HttpRequest, archive: AgentArchive) -> str:
    """Return where the bytes go: to the file storage itself where it takes them, else to us."""
    if is_direct():
        seconds = max(1, int((archive.upload_expires_at - timezone.now()).total_seconds()))
        return direct_url(archive.file, size=archive.size_bytes, seconds=seconds)
    path = reverse("api:upload_archive", kwargs={"secret": secret_of(archive)})
    # The host that was asked, for a page may send to no other; the scheme is the installation's, whatever proxies say.
    return f"{urlsplit(settings.CALLBOARD_URL).scheme}://{request.get_host()}{path}"
