"""Who belongs to the organization and as what, and who is invited to."""

from datetime import datetime

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.api.me import ProjectOut, project_out
from console.lists.paging import page
from console.models import Invitation, Membership, Project
from console.services.invitations import invitation_revoke, invitations_for
from console.services.members import member_change, member_remove, memberships_for
from console.services.projects import projects_for
from console.signing_in.inviting import invite
from console.tenancy import by_public_id

router = Router(tags=["Members"])
invitations = Router(tags=["Members"])

_ROLE: dict[str, JsonValue] = {"role": "member", "project": "proj_01K9X4Z7QD8M3V5T2B6N8C1F0A"}


_MEMBER: dict[str, JsonValue] = {
    "id": "mem_01K9X4Z7QD8M3V5T2B6N8C1F0A", "person_id": "user_01K9X4Z7QD8M3V5T2B6N8C1F0B", "email": "ada@example.com",
    "name": "Ada Lovelace", "role": "member", "project": None, "created_at": "2026-03-01T09:00:00Z",
}  # fmt: skip
_INVITATION: dict[str, JsonValue] = {
    "id": "inv_01K9X4Z7QD8M3V5T2B6N8C1F0A", "email": "ada@example.com", "role": "member", "project": None,
    "invited_by": "Mara", "created_at": "2026-03-01T09:00:00Z", "expires_at": "2026-03-08T09:00:00Z",
}  # fmt: skip
_LINK = "https://callboard.example/invitations/kX3v…"


class RoleIn(Schema):
    """What somebody may do, and where."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _ROLE})

    role: str = Field(description="org_admin, project_admin_owner, member or viewer")
    project: str | None = Field(None, description="a project's id; left out or null it is every project")


class InvitationIn(RoleIn):
    model_config = ConfigDict(json_schema_extra={"example": {**_ROLE, "email": "ada@example.com"}})

    email: str


class MemberOut(Schema):
    """A role that somebody holds. Whoever holds roles in several projects is listed with each."""

    model_config = ConfigDict(json_schema_extra={"example": _MEMBER})

    id: str
    person_id: str
    email: str
    name: str
    role: str
    project: ProjectOut | None = Field(description="null is every project")
    created_at: datetime


class InvitationOut(Schema):
    """An invitation that was neither accepted nor revoked."""

    model_config = ConfigDict(json_schema_extra={"example": _INVITATION})

    id: str
    email: str
    role: str
    project: ProjectOut | None = Field(description="null is every project")
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitedOut(InvitationOut):
    model_config = ConfigDict(json_schema_extra={"example": {**_INVITATION, "link": _LINK, "was_mailed": False}})

    link: str = Field(description="joins once; it is in this answer and nowhere else")
    was_mailed: bool = Field(description="whether a mail with the link went out")


@router.get("", response=ListOut[MemberOut], summary="List members, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[MemberOut]:
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    return list_out(page(memberships_for(request.auth.actor), cursor=cursor, limit=limit), _member_out)


@router.get("/{membership_id}", response=MemberOut, summary="Get a member")
def detail(request: ApiRequest, membership_id: str) -> MemberOut:
    return _member_out(_membership(request, membership_id))


@router.put("/{membership_id}", response=MemberOut, summary="Change a member's role")
def update(request: ApiRequest, membership_id: str, data: RoleIn) -> MemberOut:
    membership = _membership(request, membership_id)
    project = _project(request, data.project)
    member_change(actor=request.auth.actor, membership=membership, role=data.role, project=project)
    return _member_out(membership)


@router.delete("/{membership_id}", response={204: None}, summary="Remove a member")
def delete(request: ApiRequest, membership_id: str) -> Status[None]:
    """What they made stays. With the last role here their tokens of this organization end, at once."""
    member_remove(actor=request.auth.actor, membership=_membership(request, membership_id))
    return Status(204, None)


@invitations.get("", response=ListOut[InvitationOut], summary="List open invitations, the newest first")
def open_invitations(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[InvitationOut]:
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    return list_out(page(invitations_for(request.auth.actor), cursor=cursor, limit=limit), _invitation_out)


@invitations.post("", response={201: InvitedOut}, summary="Invite somebody")
def create(request: ApiRequest, data: InvitationIn) -> Status[InvitedOut]:
    """A new invitation takes the place of an open one to the same address."""
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    sent = invite(request.auth, email=data.email, role=data.role, project=_project(request, data.project))
    facts = _invitation_out(sent.invitation).model_dump()
    return Status(201, InvitedOut(**facts, link=sent.link, was_mailed=sent.was_mailed))


@invitations.delete("/{invitation_id}", response={204: None}, summary="Revoke an invitation")
def revoke(request: ApiRequest, invitation_id: str) -> Status[None]:
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    invitation = by_public_id(invitations_for(request.auth.actor), invitation_id)
    invitation_revoke(actor=request.auth.actor, invitation=invitation)
    return Status(204, None)


def _membership(request: ApiRequest, membership_id: str) -> Membership:
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    return by_public_id(memberships_for(request.auth.actor), membership_id)


def _project(request: ApiRequest, public_id: str | None) -> Project | None:
    return by_public_id(projects_for(request.auth.actor), public_id) if public_id else None


def _member_out(membership: Membership) -> MemberOut:
    person = membership.user
    return MemberOut(
        id=membership.public_id, person_id=person.public_id, email=person.email, name=person.name,
        role=membership.role, project=project_out(membership.project) if membership.project else None,
        created_at=membership.created_at,
    )  # fmt: skip


def _invitation_out(invitation: Invitation) -> InvitationOut:
    return InvitationOut(
        id=invitation.public_id, email=invitation.email, role=invitation.role,
        project=project_out(invitation.project) if invitation.project else None, invited_by=invitation.invited_by,
        created_at=invitation.created_at, expires_at=invitation.expires_at,
    )  # fmt: skip
