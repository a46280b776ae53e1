"""Oneself: who and where one is, the browsers one is signed in with, the tokens one has made.

Passwords, second factors and new tokens are for pages: a token must not be able to outlive itself in another.
"""

from datetime import datetime
from typing import cast

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.display.devices import device_of
from console.lists.paging import page
from console.models import ApiToken, BrowserSession, Organization, Project
from console.services.account import account_rename, session_end, sessions_end, sessions_of
from console.signing_in.auth import api_token_revoke, api_tokens_of
from console.signing_in.sessions import SessionStore
from console.tenancy import by_public_id

router = Router(tags=["Me"])


class ProjectOut(Schema):
    id: str
    name: str


class OrganizationOut(Schema):
    id: str
    slug: str = Field(description="what programs and the command line call it")
    name: str


class PersonIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Ada Lovelace"}})

    name: str = Field(description="what others see")


_ORGANIZATION: dict[str, JsonValue] = {"id": "org_01K9X4Z7QD8M3V5T2B6N8C1F0A", "slug": "larkfield", "name": "Larkfield"}
_PROJECT: dict[str, JsonValue] = {"id": "proj_01K9X4Z7QD8M3V5T2B6N8C1F0A", "name": "Refunds"}
_ME: dict[str, JsonValue] = {
    "id": "user_01K9X4Z7QD8M3V5T2B6N8C1F0A", "email": "ada@example.com", "name": "Ada Lovelace",
    "organization": _ORGANIZATION, "project": _PROJECT, "role": "member", "scope": "write",
}  # fmt: skip
_SESSION: dict[str, JsonValue] = {
    "id": "sess_01K9X4Z7QD8M3V5T2B6N8C1F0A", "device": "Firefox on Linux", "address": "192.0.2.7", "is_current": True,
    "started_at": "2026-03-01T09:00:00Z", "seen_at": "2026-03-01T11:20:00Z", "expires_at": "2026-03-15T09:00:00Z",
}  # fmt: skip
_TOKEN: dict[str, JsonValue] = {
    "id": "token_01K9X4Z7QD8M3V5T2B6N8C1F0A", "name": "ci", "prefix": "cb_a1B2c3", "scope": "run",
    "created_at": "2026-03-01T09:00:00Z", "last_used_at": None, "expires_at": "2026-06-01T09:00:00Z",
}  # fmt: skip


class MeOut(Schema):
    """Who the token or session is, and where."""

    model_config = ConfigDict(json_schema_extra={"example": _ME})

    id: str
    email: str
    name: str
    organization: OrganizationOut
    project: ProjectOut
    role: str
    scope: str = Field(description="how much of the role the token may use: read, run or write; a session uses all")


class SessionOut(Schema):
    """A browser that is signed in."""

    model_config = ConfigDict(json_schema_extra={"example": _SESSION})

    id: str
    device: str = Field(description="such as Firefox on Linux")
    address: str | None
    is_current: bool = Field(description="whether this request came from it")
    started_at: datetime
    seen_at: datetime
    expires_at: datetime


class TokenOut(Schema):
    """A token of one's own in this organization. Its secret is not known any more."""

    model_config = ConfigDict(json_schema_extra={"example": _TOKEN})

    id: str
    name: str
    prefix: str = Field(description="what the secret begins with")
    scope: str = Field(description="read, run or write")
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None = Field(description="null is never")


@router.get("/me", response=MeOut, summary="Who am I, and where")
def me(request: ApiRequest) -> MeOut:
    place = request.auth
    role = place.actor.role_in(place.project.pk)
    return MeOut(
        id=place.user.public_id, email=place.user.email, name=place.user.name, role=role.value if role else "",
        scope=place.actor.scope, organization=organization_out(place.organization), project=project_out(place.project),
    )  # fmt: skip


@router.put("/me", response=MeOut, summary="Change one's name")
def rename(request: ApiRequest, data: PersonIn) -> MeOut:
    require(request.auth.actor, Permission.MANAGE_ACCOUNT)
    account_rename(actor=request.auth.actor, person=request.auth.user, name=data.name)
    return me(request)


@router.get("/me/sessions", response=list[SessionOut], summary="List the browsers one is signed in with")
def sessions(request: ApiRequest) -> list[SessionOut]:
    present = cast("SessionStore", request.session).key_hash
    return [_session_out(session, present) for session in sessions_of(request.auth.user)]


@router.delete("/me/sessions", response={204: None}, summary="Sign out everywhere")
def end_sessions(request: ApiRequest) -> Status[None]:
    """Tokens stay."""
    require(request.auth.actor, Permission.MANAGE_ACCOUNT)
    sessions_end(actor=request.auth.actor, person=request.auth.user)
    return Status(204, None)


@router.delete("/me/sessions/{session_id}", response={204: None}, summary="Sign one browser out")
def end_session(request: ApiRequest, session_id: str) -> Status[None]:
    require(request.auth.actor, Permission.MANAGE_ACCOUNT)
    session = by_public_id(sessions_of(request.auth.user), session_id)
    session_end(actor=request.auth.actor, session=session)
    return Status(204, None)


@router.get("/me/tokens", response=ListOut[TokenOut], summary="List one's tokens in this organization")
def tokens(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[TokenOut]:
    rows = api_tokens_of(request.auth.user, request.auth.organization)
    return list_out(page(rows, cursor=cursor, limit=limit), _token_out)


@router.delete("/me/tokens/{token_id}", response={204: None}, summary="Revoke one of one's tokens")
def revoke_token(request: ApiRequest, token_id: str) -> Status[None]:
    require(request.auth.actor, Permission.MANAGE_ACCOUNT)
    token = by_public_id(api_tokens_of(request.auth.user, request.auth.organization), token_id)
    api_token_revoke(actor=request.auth.actor, token=token)
    return Status(204, None)


def organization_out(organization: Organization) -> OrganizationOut:
    return OrganizationOut(id=organization.public_id, slug=organization.slug, name=organization.name)


def project_out(project: Project) -> ProjectOut:
    return ProjectOut(id=project.public_id, name=project.name)


def _session_out(session: BrowserSession, present: str) -> SessionOut:
    return SessionOut(
        id=session.public_id, device=device_of(session.user_agent), address=session.address,
        is_current=session.key_hash == present, started_at=session.started_at, seen_at=session.seen_at,
        expires_at=session.expires_at,
    )  # fmt: skip


def _token_out(token: ApiToken) -> TokenOut:
    return TokenOut(
        id=token.public_id, name=token.name, prefix=token.prefix, scope=token.scope, created_at=token.created_at,
        last_used_at=token.last_used_at, expires_at=token.expires_at,
    )  # fmt: skip
