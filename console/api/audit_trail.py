"""The trail of changes: who did what to what, and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.queries import QueryIn
from console.api.run_filters import Moment, Text
from console.audit_trail import ACTIONS, TrailFilters, entries_for
from console.errors import Invalid, NotFound, Problem
from console.exports import trail_file
from console.forms.audit import PLATFORM
from console.ids import from_public, to_public
from console.lists.paging import page
from console.models import AuditEntry, User

router = Router(tags=["Audit trail"])

_FILE: dict[str, Any] = {"responses": {200: {"description": "The file", "content": {"text/csv": {}}}}}


class TrailIn(QueryIn):
    """Only entries that fit all of what is given."""

    person: str = Field("", description=f"a person's id, or {PLATFORM} for what nobody in particular did")
    action: str = Field("", description="such as agent.publish")
    target: Text = Field("", description="the id of a thing, or a part of its name")
    since: Moment | None = Field(None, description="then or later; without an offset it is UTC")
    until: Moment | None = Field(None, description="before")

    def filters(self) -> TrailFilters:
        """Return what is asked for; raise NotFound for what is no id of a person, Invalid for no such action."""
        if self.action and self.action not in ACTIONS:
            raise Invalid.of([Problem(f"There is no action {self.action!r} in the trail.", "action")])
        by_platform = self.person == PLATFORM
        return TrailFilters(
            person_id=_person(self.person) if self.person and not by_platform else None,
            by_platform=by_platform, action=self.action, target=self.target.strip(), since=self.since,
            until=self.until,
        )  # fmt: skip


class TrailListIn(TrailIn):
    cursor: str | None = None
    limit: int = 50


_ENTRY: dict[str, JsonValue] = {
    "id": "audit_01K9X4Z7QD8M3V5T2B6N8C1F0A", "at": "2026-03-01T09:00:00Z", "person": "Ada Lovelace",
    "person_id": "user_01K9X4Z7QD8M3V5T2B6N8C1F0A", "action": "project.rename", "words": "renamed a project",
    "target": "Returns", "target_id": "proj_01K9X4Z7QD8M3V5T2B6N8C1F0A", "before": {"name": "Refunds"},
    "after": {"name": "Returns"},
}  # fmt: skip


class AuditEntryOut(Schema):
    """One change. It never holds a secret."""

    model_config = ConfigDict(json_schema_extra={"example": _ENTRY})

    id: str
    at: datetime
    person: str = Field(description="who did it, in words")
    person_id: str | None = Field(description="null where the platform did it by itself")
    action: str
    words: str = Field(description="the action as people read it")
    target: str
    target_id: str
    before: dict[str, Any]
    after: dict[str, Any]


@router.get("", response=ListOut[AuditEntryOut], summary="List changes, the newest first")
def index(request: ApiRequest, filters: Query[TrailListIn]) -> ListOut[AuditEntryOut]:
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    rows = entries_for(request.auth.actor, filters.filters())
    return list_out(page(rows, cursor=filters.cursor, limit=filters.limit), _out)


@router.get("/export", summary="Send changes as CSV, safe for spreadsheets", openapi_extra=_FILE)
def export(request: ApiRequest, filters: Query[TrailIn]) -> StreamingHttpResponse:
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    return trail_file(request.auth.actor, filters.filters())


def _person(public_id: str) -> UUID:
    key = from_public(User.ID_PREFIX, public_id)
    if key is None:
        raise NotFound(f"There is no person {public_id!r} here.")
    return key


def _out(entry: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut(
        id=entry.public_id, at=entry.created_at, person=entry.actor_label,
        person_id=to_public(User.ID_PREFIX, entry.actor_id) if entry.actor_id else None, action=entry.action,
        words=ACTIONS.get(entry.action, entry.action), target=entry.target_label, target_id=entry.target_id,
        before=entry.before, after=entry.after,
    )  # fmt: skip
