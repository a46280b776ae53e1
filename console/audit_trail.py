"""The trail of changes, read: what happened, by whom, to what and when."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from console.access import Actor, Permission, require
from console.ids import from_public
from console.models import AuditEntry
from evaluation.explorer import key_at

#: Every action that services record, in the words that people read.
ACTIONS: Mapping[str, str] = {
    "account.rename": "changed their name",
    "account.notifications": "changed how they are told",
    "account.password": "changed their password",
    "account.second_factor": "changed a second factor",
    "agent.archive": "archived an agent",
    "agent.publish": "published an agent",
    "agent.register": "registered an agent",
    "agent.update": "edited an agent",
    "archive.confirm": "uploaded an archive",
    "archive.create": "began to upload an archive",
    "archive.delete": "deleted an archive",
    "archive.refuse": "uploaded an archive that was refused",
    "agent_run.regrade": "re-graded a run",
    "agent_run.regrade_ask": "asked for a run to be re-graded",
    "credential.create": "added a credential",
    "credential.delete": "deleted a credential",
    "credential.rotate": "rotated a credential",
    "dataset.cancelled": "ended a seeding",
    "dataset.paused": "held a seeding",
    "dataset.seed": "seeded tasks",
    "dataset.seeding": "went on with a seeding",
    "gate.decide": "decided at a gate",
    "image.build": "had an image built",
    "image.cancel": "cancelled the build of an image",
    "invitation.accept": "joined by an invitation",
    "invitation.create": "invited somebody",
    "invitation.revoke": "revoked an invitation",
    "knowledge.add_document": "added a document",
    "knowledge.create": "created a knowledge source",
    "knowledge.delete": "deleted a knowledge source",
    "knowledge.delete_document": "deleted a document",
    "knowledge.update": "edited a knowledge source",
    "member.add": "added a member",
    "member.change": "changed a role",
    "member.forget_factors": "took a person's second factors off",
    "member.remove": "removed a member",
    "memory.create": "created a memory",
    "memory.delete": "deleted a memory",
    "memory.forget": "had a memory forget an entry",
    "memory.write": "wrote into a memory",
    "model.archive": "archived a model",
    "model.create": "added a model",
    "model.defaults": "changed the default models",
    "model.topics": "changed the models of topics",
    "model.update": "edited a model",
    "organization.create": "created the organization",
    "organization.rename": "renamed the organization",
    "pipeline.archive": "archived a pipeline",
    "pipeline.create": "created a pipeline",
    "pipeline.publish": "published a pipeline",
    "pipeline.update": "edited a pipeline",
    "project.create": "created a project",
    "project.rename": "renamed a project",
    "run.answer": "answered a run",
    "run.cancel": "cancelled a run",
    "run.rerun": "started a run again",
    "run.start": "started a run",
    "runs.cancel": "cancelled many runs",
    "runs.regrade": "asked for many runs to be re-graded",
    "runs.rerun": "started many runs again",
    "sandbox_definition.archive": "archived a sandbox definition",
    "sandbox_definition.create": "added a sandbox definition",
    "sandbox_definition.update": "edited a sandbox definition",
    "session.end": "signed a browser out",
    "session.end_all": "signed out everywhere",
    "token.create": "created an API token",
    "token.revoke": "revoked an API token",
    "webhook.remove": "took the webhook away",
    "webhook.set": "changed the webhook",
    "webhook.test": "tested the webhook",
    "tool.archive": "archived a tool",
    "tool.create": "added a tool",
    "tool.try": "tried a tool",
    "tool.update": "edited a tool",
}
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """What of the trail is asked for. `by_platform` asks for what nobody in particular did; `until` is exclusive."""

    person_id: uuid.UUID | None = None
    by_platform: bool = False
    action: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def are_any(self) -> bool:
        return self != TrailFilters()


def entries_for(actor: Actor, filters: TrailFilters) -> "QuerySet[AuditEntry]":
    """Return the entries of the actor's organization that fit, in no order: a page gives them one."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    rows: QuerySet[AuditEntry] = AuditEntry.objects.visible_to(actor)
    if filters.by_platform:
        rows = rows.filter(actor_id=None)
    elif filters.person_id is not None:
        rows = rows.filter(actor_id=filters.person_id)
    if filters.action:
        rows = rows.filter(action=filters.action)
    if filters.target:
        rows = (
            rows.filter(target_id=filters.target)
            if _is_id(filters.target)
            else rows.filter(target_label__icontains=filters.target)
        )
    # A key holds the millisecond it was made in, so that time needs no index of its own.
    if filters.since is not None:
        rows = rows.filter(pk__gte=key_at(filters.since))
    if filters.until is not None:
        rows = rows.filter(pk__lt=key_at(filters.until))
    return rows


def batches(rows: "QuerySet[AuditEntry]") -> Iterator[list[AuditEntry]]:
    """Yield all of the rows from the newest on, some at a time, so that a long trail is never in memory whole."""
    found = list(rows.order_by("-pk")[:_BATCH])
    while found:
        yield found
        found = list(rows.filter(pk__lt=found[-1].pk).order_by("-pk")[:_BATCH])


def _is_id(text: str) -> bool:
    return from_public(text.partition("_")[0], text) is not None
