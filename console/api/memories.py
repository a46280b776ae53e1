"""Memories: what agents and people wrote down, what counts now and what counted before."""

from datetime import datetime
from uuid import UUID

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from agents.knowledge.queries import current, entries_for, history_of, memories_for, with_entries
from agents.models import Agent, Memory, MemoryEntry
from agents.queries import agents_for
from agents.services.memories import entry_forget, memory_create, memory_delete, memory_write
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.ids import to_public
from console.lists.paging import page
from console.tenancy import by_public_id

router = Router(tags=["Memories"])

_MEMORY: dict[str, JsonValue] = {"name": "Customers", "description": "What customers told us", "scope": "project"}
_ENTRY: dict[str, JsonValue] = {
    "content": "Larkfield wants invoices by e-mail.", "tags": ["billing"], "key": "larkfield/invoices",
}  # fmt: skip


class MemoryIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _MEMORY})

    name: str = Field(description="unique in its scope")
    description: str = ""
    scope: str = Field("project", description="organization, project or agent")
    agent_id: str | None = Field(None, description="of a memory of one agent")


class MemoryOut(Schema):
    id: str
    name: str
    description: str
    scope: str
    project_id: str | None
    agent_id: str | None
    entry_count: int = Field(description="entries that count now")
    last_written_at: datetime | None
    created_at: datetime


class EntryIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _ENTRY})

    content: JsonValue = Field(description="text; anything else is kept as JSON")
    tags: list[str] | None = Field(None, description="left out, an entry that is replaced leaves its own")
    key: str = Field("", description="writing under the same key replaces what was known")
    replaces: str | None = Field(None, description="the id of the entry whose place it takes")


class EntryOut(Schema):
    id: str
    memory_id: str
    key: str
    content: str
    tags: list[str]
    written_by: str
    run_id: str | None = Field(description="the run that wrote it; null where a person did")
    created_at: datetime
    superseded_at: datetime | None = Field(description="null while it counts")
    superseded_by: str
    replaced_by: str | None = Field(description="the entry that took its place; null where it was forgotten")


class WrittenOut(Schema):
    action: str = Field(description="created, updated, or unchanged: it was known already")
    entry: EntryOut


def _out(memory: Memory) -> MemoryOut:
    return MemoryOut(
        id=memory.public_id, name=memory.name, description=memory.description, scope=memory.scope,
        project_id=_public("proj", memory.project_id), agent_id=_public("agt", memory.agent_id),
        entry_count=getattr(memory, "entry_count", 0), last_written_at=getattr(memory, "last_written_at", None),
        created_at=memory.created_at,
    )  # fmt: skip


def _entry_out(entry: MemoryEntry) -> EntryOut:
    return EntryOut(
        id=entry.public_id, memory_id=to_public(Memory.ID_PREFIX, entry.memory_id), key=entry.key,
        content=entry.content, tags=entry.tags, written_by=entry.written_by, run_id=_public("run", entry.run_id),
        created_at=entry.created_at, superseded_at=entry.superseded_at, superseded_by=entry.superseded_by,
        replaced_by=_public(MemoryEntry.ID_PREFIX, entry.replaced_by_id),
    )  # fmt: skip


def _public(prefix: str, key: UUID | None) -> str | None:
    return None if key is None else to_public(prefix, key)


@router.get("", response=ListOut[MemoryOut], summary="List memories, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[MemoryOut]:
    require(request.auth.actor, Permission.VIEW)
    return list_out(page(with_entries(memories_for(request.auth.actor)), cursor=cursor, limit=limit), _out)


@router.post("", response={201: MemoryOut}, summary="Create a memory")
def create(request: ApiRequest, data: MemoryIn) -> Status[MemoryOut]:
    memory = memory_create(
        actor=request.auth.actor, name=data.name, description=data.description, scope=data.scope,
        project=request.auth.project, agent=_agent(request, data.agent_id),
    )  # fmt: skip
    return Status(201, _out(memory))


@router.get("/{memory_id}", response=MemoryOut, summary="Get a memory")
def detail(request: ApiRequest, memory_id: str) -> MemoryOut:
    return _out(_memory(request, memory_id))


@router.delete("/{memory_id}", response={204: None}, summary="Delete a memory with all that was written into it")
def delete(request: ApiRequest, memory_id: str) -> Status[None]:
    memory_delete(actor=request.auth.actor, memory=_memory(request, memory_id))
    return Status(204, None)


@router.get("/{memory_id}/entries", response=ListOut[EntryOut], summary="List entries, the newest first")
def entries(
    request: ApiRequest, memory_id: str, cursor: str | None = None, limit: int = 50, *, all_ever: bool = False
) -> ListOut[EntryOut]:
    """Those that count now; with `all_ever` also those that were replaced or forgotten."""
    rows = entries_for(request.auth.actor, _memory(request, memory_id))
    return list_out(page(rows if all_ever else current(rows), cursor=cursor, limit=limit), _entry_out)


@router.post("/{memory_id}/entries", response=WrittenOut, summary="Write an entry")
def write(request: ApiRequest, memory_id: str, data: EntryIn) -> WrittenOut:
    memory = _memory(request, memory_id)
    written = memory_write(
        actor=request.auth.actor, memory=memory, content=data.content, tags=data.tags, key=data.key,
        replaces=by_public_id(entries_for(request.auth.actor, memory), data.replaces) if data.replaces else None,
    )  # fmt: skip
    return WrittenOut(action=written.action, entry=_entry_out(written.entry))


@router.get("/{memory_id}/entries/{entry_id}", response=EntryOut, summary="Get an entry")
def entry(request: ApiRequest, memory_id: str, entry_id: str) -> EntryOut:
    return _entry_out(_entry(request, memory_id, entry_id))


@router.get("/{memory_id}/entries/{entry_id}/history", response=ListOut[EntryOut], summary="List what was known before")
def history(
    request: ApiRequest, memory_id: str, entry_id: str, cursor: str | None = None, limit: int = 50
) -> ListOut[EntryOut]:
    """All entries that replaced one another in the place of this one, the newest first."""
    rows = history_of(request.auth.actor, _entry(request, memory_id, entry_id))
    return list_out(page(rows, cursor=cursor, limit=limit), _entry_out)


@router.delete("/{memory_id}/entries/{entry_id}", response={204: None}, summary="Forget an entry; the history keeps it")
def forget(request: ApiRequest, memory_id: str, entry_id: str) -> Status[None]:
    entry_forget(actor=request.auth.actor, entry=_entry(request, memory_id, entry_id))
    return Status(204, None)


def _memory(request: ApiRequest, memory_id: str) -> Memory:
    require(request.auth.actor, Permission.VIEW)
    return by_public_id(with_entries(memories_for(request.auth.actor)), memory_id)


def _entry(request: ApiRequest, memory_id: str, entry_id: str) -> MemoryEntry:
    rows = entries_for(request.auth.actor, _memory(request, memory_id)).select_related("memory")
    return by_public_id(rows, entry_id)


def _agent(request: ApiRequest, agent_id: str | None) -> Agent | None:
    return by_public_id(agents_for(request.auth.actor), agent_id) if agent_id else None
