"""Changing memories: making them, writing entries, forgetting."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from pydantic import JsonValue

from agents.knowledge import words
from agents.knowledge.errors import EntryForgotten, MemoryFull, MemoryInvalid, MemoryNameTaken
from agents.knowledge.limits import LONGEST_CONTENT, MOST_ENTRIES
from agents.knowledge.naming import description_problems, key_problems, name_problems, tag_problems
from agents.models import Agent, Memory, MemoryEntry, MemoryScope
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.ids import new_id
from console.storable import unstorable
from console.tenancy import InOrganization, ensure_owned


class Action(StrEnum):
    """What became of a memory when it was written to."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Written(NamedTuple):
    """The entry that now holds what was written."""

    action: Action
    entry: MemoryEntry


class Origin(NamedTuple):
    """The step of a run that writes. By `idempotency_key` a write that is repeated is known."""

    run_id: uuid.UUID
    node_id: str
    idempotency_key: str = ""


class _Wish(NamedTuple):
    """What is to be remembered, checked. Tags None leave those of an entry with the same content."""

    key: str
    content: str
    sha256: str
    tags: list[str] | None


def memory_create(
    *,
    actor: Actor,
    name: str,
    description: str = "",
    scope: str = MemoryScope.PROJECT,
    project: InOrganization | None = None,
    agent: Agent | None = None,
) -> Memory:
    """Create a memory without entries, of the organization, of `project` or of `agent`, as `scope` says.

    Raise MemoryInvalid with every problem, or MemoryNameTaken.
    """
    owned = project if scope == MemoryScope.PROJECT else None
    if owned is not None:
        ensure_owned(actor, owned)
    require(actor, Permission.EDIT_PIPELINES, project_id=owned.pk if owned else None)
    memory = Memory(
        organization_id=actor.organization_id, name=name.strip(), description=description.strip(), scope=scope,
        project_id=owned.pk if owned else None, agent=agent if scope == MemoryScope.AGENT else None,
    )  # fmt: skip
    problems = [
        *name_problems(memory.name, "memory"),
        *description_problems(memory.description),
        *_scope_problems(memory),
    ]
    if problems:
        raise MemoryInvalid.of(problems)
    _save(memory)
    audit.record(
        actor=actor, action="memory.create", target=memory, after={"name": memory.name, "scope": str(memory.scope)}
    )
    return memory


@transaction.atomic
def memory_delete(*, actor: Actor, memory: Memory) -> None:
    """Delete a memory with all that was ever written into it."""
    require(actor, Permission.EDIT_PIPELINES, project_id=memory.project_id)
    audit.record(
        actor=actor, action="memory.delete", target=memory,
        before={"name": memory.name, "scope": str(memory.scope), "entries": memory.entries.count()},
    )  # fmt: skip
    memory.delete()


@transaction.atomic
def memory_write(
    *,
    actor: Actor,
    memory: Memory,
    content: JsonValue,
    tags: Iterable[str] | None = None,
    key: str = "",
    replaces: MemoryEntry | None = None,
    origin: Origin | None = None,
) -> Written:
    """Remember something; say whether it is new, replaces what was known, or was known already.

    It takes the place of the entry that it `replaces`, else of the one with the same `key`, else of one with the same
    content; without any it is a new entry. Content that is no text is kept as JSON. Without `tags` an entry that is
    replaced leaves its own. Raise MemoryInvalid with every problem, MemoryFull, or EntryForgotten where the entry to
    be replaced does not count any more.
    """
    require(actor, Permission.EDIT_PIPELINES, project_id=memory.project_id)
    wish = _checked(content, tags, key if replaces is None else replaces.key)
    Memory.objects.select_for_update(no_key=True).get(pk=memory.pk)
    repeated = _repeated(memory, origin)
    if repeated is not None:
        return repeated
    earlier = _earlier(memory, wish, replaces)
    if earlier is not None and _says(earlier, wish):
        return Written(Action.UNCHANGED, earlier)
    entry = _append(actor, memory, wish, earlier, origin)
    action = Action.UPDATED if earlier else Action.CREATED
    if origin is None:  # what a run writes is told by the run
        audit.record(actor=actor, action="memory.write", target=memory, after={"entry": entry.public_id, "did": action})
    return Written(action, entry)


@transaction.atomic
def entry_forget(*, actor: Actor, entry: MemoryEntry) -> None:
    """Let an entry count no more. The history keeps it; raise EntryForgotten where it did not count before."""
    memory = entry.memory
    require(actor, Permission.EDIT_PIPELINES, project_id=memory.project_id)
    Memory.objects.select_for_update(no_key=True).get(pk=memory.pk)
    _supersede(actor, entry)
    words.release(_holder(memory), words.words_of(entry.content))
    audit.record(actor=actor, action="memory.forget", target=memory, before={"entry": entry.public_id})


def _scope_problems(memory: Memory) -> list[Problem]:
    if memory.scope not in MemoryScope.values:
        return [Problem(f"Use one of {', '.join(MemoryScope.values)}.", "scope")]
    if memory.scope == MemoryScope.PROJECT and memory.project_id is None:
        return [Problem("Say which project the memory is for.", "scope")]
    if memory.scope == MemoryScope.AGENT and memory.agent is None:
        return [Problem("Choose the agent that the memory is for.", "agent_id")]
    return []


def _save(memory: Memory) -> None:
    try:
        with transaction.atomic():
            memory.save()
    except IntegrityError as error:
        if "memory_name_in_scope" not in str(error):
            raise
        raise MemoryNameTaken(
            f"There is a memory named {memory.name!r} here already. Choose another name.",
            problems=[Problem("This name is taken.", "name")],
        ) from error


def _checked(content: JsonValue, tags: Iterable[str] | None, key: str) -> _Wish:
    """Return what is to be written, cleaned; raise MemoryInvalid with every problem."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    cleaned = None if tags is None else sorted({tag.strip() for tag in tags} - {""})
    problems = [*_content_problems(text), *key_problems(key.strip()), *tag_problems(cleaned or [])]
    if problems:
        raise MemoryInvalid.of(problems)
    return _Wish(key.strip(), text, hashlib.sha256(text.encode()).hexdigest(), cleaned)


def _content_problems(text: str) -> list[Problem]:
    if not text.strip():
        return [Problem("Write what is to be remembered.", "content")]
    if len(text) > LONGEST_CONTENT:
        message = f"Use at most {LONGEST_CONTENT:,} characters. These are {len(text):,}; a document holds more."
        return [Problem(message, "content")]
    return list(unstorable({"content": text}))


def _repeated(memory: Memory, origin: Origin | None) -> Written | None:
    """Return what a write answered before, where this one repeats it."""
    if origin is None or not origin.idempotency_key:
        return None
    entry = memory.entries.filter(idempotency_key=origin.idempotency_key).first()
    if entry is None:
        return None
    return Written(Action.CREATED if entry.line == entry.pk else Action.UPDATED, entry)


def _earlier(memory: Memory, wish: _Wish, replaces: MemoryEntry | None) -> MemoryEntry | None:
    """Return the entry whose place is taken; the caller holds the memory."""
    counting: QuerySet[MemoryEntry] = memory.entries.filter(superseded_at=None)
    if replaces is not None:
        named = counting.filter(pk=replaces.pk).first()
        if named is None:
            raise EntryForgotten("This entry was replaced or forgotten meanwhile. Look at what counts now.")
        return named
    same = {"key": wish.key} if wish.key else {"sha256": wish.sha256}
    return counting.filter(**same).order_by("pk").first()


def _says(entry: MemoryEntry, wish: _Wish) -> bool:
    return entry.sha256 == wish.sha256 and (wish.tags is None or entry.tags == wish.tags)


def _append(
    actor: Actor, memory: Memory, wish: _Wish, earlier: MemoryEntry | None, origin: Origin | None
) -> MemoryEntry:
    if earlier is None and memory.entries.filter(superseded_at=None).count() >= MOST_ENTRIES:
        raise MemoryFull(f"{memory.name} holds {MOST_ENTRIES:,} entries, the most. Forget some or make another memory.")
    key = new_id()
    entry = MemoryEntry(
        id=key, organization_id=memory.organization_id, memory=memory, line=earlier.line if earlier else key,
        key=earlier.key if earlier else wish.key, content=wish.content, sha256=wish.sha256,
        tags=(earlier.tags if earlier else []) if wish.tags is None else wish.tags, written_by=actor.label[:255],
        run_id=origin.run_id if origin else None, node_id=origin.node_id if origin else "",
        idempotency_key=origin.idempotency_key if origin else "",
    )  # fmt: skip
    if earlier:
        # Before the new one is there: only one of a key may count.
        _supersede(actor, earlier)
    entry.save(force_insert=True)
    if earlier:
        MemoryEntry.objects.filter(pk=earlier.pk).update(replaced_by=entry)
        words.release(_holder(memory), words.words_of(earlier.content))
    words.keep(_holder(memory), words.words_of(entry.content))
    memory.save(update_fields=["updated_at"])
    return entry


def _supersede(actor: Actor, entry: MemoryEntry) -> None:
    """Let an entry count no more; raise EntryForgotten where it did not count before."""
    rows = MemoryEntry.objects.filter(pk=entry.pk, superseded_at=None)
    if not rows.update(superseded_at=timezone.now(), superseded_by=actor.label[:255]):
        raise EntryForgotten("This entry was replaced or forgotten before. Look at what counts now.")


def _holder(memory: Memory) -> words.Holder:
    return words.Holder(memory.organization_id, "memory_id", memory.pk)
