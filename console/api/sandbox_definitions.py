from datetime import datetime

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue, StrictFloat, StrictInt

from agents.models import SandboxDefinition
from agents.queries import sandbox_definition_users_for, sandbox_definitions_for
from agents.sandbox_definitions.shape import NetworkPolicy
from agents.services.sandbox_definitions import (
    sandbox_definition_archive,
    sandbox_definition_create,
    sandbox_definition_update,
    sandbox_definition_users,
    settings_of,
)
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.lists.paging import page
from console.tenancy import by_public_id

router = Router(tags=["Sandbox definitions"])

_EXAMPLE: dict[str, JsonValue] = {
    "name": "Python packages only",
    "description": "May install packages and reach nothing else.",
    "network": "allow_list",
    "allowed_domains": ["pypi.org", "files.pythonhosted.org"],
}


class SandboxDefinitionIn(Schema):
    """A definition to be added, or all of what one is to become. A limit left out is the installation's own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: str = Field(description="unique in the organization, whatever its case")
    description: str = ""
    network: str = Field(NetworkPolicy.PROXY_ONLY.value, description=f"one of {', '.join(NetworkPolicy)}")
    allowed_domains: list[str] = Field(
        [], description="of allow_list: a host's name each, or `*.example.com` for every name below one"
    )
    image: str = Field("", description="one that the operator allows; blank is the base image, or the agent's own")
    cpus: StrictFloat | StrictInt | None = Field(None, description="processors")
    memory_mb: StrictInt | None = None
    disk_mb: StrictInt | None = None
    pids: StrictInt | None = Field(None, description="processes at once")
    runtime: str = Field("", description="a runtime of the container engine that the operator allows, such as runsc")

    def settings(self) -> dict[str, JsonValue]:
        """Return what the service takes; it says what is wrong with it."""
        return self.model_dump(exclude={"name", "description"}, exclude_none=True)


class SandboxDefinitionOut(Schema):
    id: str
    name: str
    description: str
    network: str
    allowed_domains: list[str]
    image: str
    cpus: float | None
    memory_mb: int | None
    disk_mb: int | None
    pids: int | None
    runtime: str
    used_by: list[str] = Field(description="the names of the agents whose draft or latest version has it")
    created_at: datetime
    updated_at: datetime


def _out(definition: SandboxDefinition, users: list[str]) -> SandboxDefinitionOut:
    return SandboxDefinitionOut(
        id=definition.public_id, name=definition.name, description=definition.description,
        **settings_of(definition).model_dump(mode="json"), used_by=users, created_at=definition.created_at,
        updated_at=definition.updated_at,
    )  # fmt: skip


@router.get("", response=ListOut[SandboxDefinitionOut], summary="List sandbox definitions, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[SandboxDefinitionOut]:
    actor = request.auth.actor
    require(actor, Permission.VIEW_AGENTS)
    users = sandbox_definition_users_for(actor)
    found = page(sandbox_definitions_for(actor), cursor=cursor, limit=limit)
    return list_out(found, lambda definition: _out(definition, users.get(definition.public_id, [])))


@router.post("", response={201: SandboxDefinitionOut}, summary="Add a sandbox definition")
def create(request: ApiRequest, data: SandboxDefinitionIn) -> Status[SandboxDefinitionOut]:
    """What no machine that opens sandboxes can enforce is refused, and never ignored."""
    definition = sandbox_definition_create(
        actor=request.auth.actor, name=data.name, description=data.description, sandbox=data.settings()
    )
    return Status(201, _out(definition, []))


@router.get("/{definition_id}", response=SandboxDefinitionOut, summary="Get a sandbox definition")
def detail(request: ApiRequest, definition_id: str) -> SandboxDefinitionOut:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    definition = by_public_id(sandbox_definitions_for(request.auth.actor), definition_id)
    return _out(definition, sandbox_definition_users(definition))


@router.put("/{definition_id}", response=SandboxDefinitionOut, summary="Replace a sandbox definition")
def update(request: ApiRequest, definition_id: str, data: SandboxDefinitionIn) -> SandboxDefinitionOut:
    """The drafts of its agents say the same at once; what is published stays as it is until it is published again."""
    definition = sandbox_definition_update(
        actor=request.auth.actor, definition=_definition(request, definition_id), name=data.name,
        description=data.description, sandbox=data.settings(),
    )  # fmt: skip
    return _out(definition, sandbox_definition_users(definition))


@router.delete("/{definition_id}", response={204: None}, summary="Archive a sandbox definition that no agent has")
def delete(request: ApiRequest, definition_id: str) -> Status[None]:
    sandbox_definition_archive(actor=request.auth.actor, definition=_definition(request, definition_id))
    return Status(204, None)


def _definition(request: ApiRequest, definition_id: str) -> SandboxDefinition:
    require(request.auth.actor, Permission.MANAGE_SANDBOXES)
    return by_public_id(sandbox_definitions_for(request.auth.actor), definition_id)
