from datetime import datetime

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue, SecretStr

from agents.models import Credential
from agents.queries import credential_users_for, credentials_for
from agents.services.credentials import credential_create, credential_delete, credential_rotate
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.lists.paging import page
from console.tenancy import by_public_id

router = Router(tags=["Credentials"])

_EXAMPLE: dict[str, JsonValue] = {"name": "openai-prod", "value": "sk-…"}


class CredentialIn(Schema):
    """A secret to be kept. It can be used and replaced from then on, and never read."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: str = Field(description="unique in the organization")
    value: SecretStr = Field(description="8 characters to 32 KB")


class RotateIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"value": "sk-…"}})

    value: SecretStr = Field(description="the new value; runs that start from now on use it")


class CredentialOut(Schema):
    """What is known of a credential. Its value is not."""

    id: str
    name: str
    hint: str = Field(description="the last four characters of a long value, else blank")
    used_by: list[str] = Field(description="agents and models, in words")
    last_used_at: datetime | None
    rotated_at: datetime | None
    created_at: datetime


@router.get("", response=ListOut[CredentialOut], summary="List credentials, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[CredentialOut]:
    require(request.auth.actor, Permission.MANAGE_CREDENTIALS)
    users = credential_users_for(request.auth.actor)
    found = page(credentials_for(request.auth.actor), cursor=cursor, limit=limit)
    return list_out(found, lambda credential: _out(credential, users.get(credential.public_id, [])))


@router.post("", response={201: CredentialOut}, summary="Keep a secret")
def create(request: ApiRequest, data: CredentialIn) -> Status[CredentialOut]:
    value = data.value.get_secret_value()
    return Status(201, _out(credential_create(actor=request.auth.actor, name=data.name, value=value), []))


@router.get("/{credential_id}", response=CredentialOut, summary="Get what is known of a credential")
def detail(request: ApiRequest, credential_id: str) -> CredentialOut:
    credential = _credential(request, credential_id)
    return _out(credential, credential_users_for(request.auth.actor).get(credential.public_id, []))


@router.post("/{credential_id}/rotate", response=CredentialOut, summary="Replace the value")
def rotate(request: ApiRequest, credential_id: str, data: RotateIn) -> CredentialOut:
    credential = _credential(request, credential_id)
    credential_rotate(actor=request.auth.actor, credential=credential, value=data.value.get_secret_value())
    return detail(request, credential_id)


@router.delete("/{credential_id}", response={204: None}, summary="Forget a credential that nothing uses")
def delete(request: ApiRequest, credential_id: str) -> Status[None]:
    credential_delete(actor=request.auth.actor, credential=_credential(request, credential_id))
    return Status(204, None)


def _credential(request: ApiRequest, credential_id: str) -> Credential:
    require(request.auth.actor, Permission.MANAGE_CREDENTIALS)
    return by_public_id(credentials_for(request.auth.actor), credential_id)


def _out(credential: Credential, users: list[str]) -> CredentialOut:
    return CredentialOut(
        id=credential.public_id, name=credential.name, hint=credential.hint, used_by=users,
        last_used_at=credential.last_used_at, rotated_at=credential.rotated_at, created_at=credential.created_at,
    )  # fmt: skip
