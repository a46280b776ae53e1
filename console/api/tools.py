from datetime import datetime
from typing import Any

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from agents.errors import ToolError
from agents.models import SendAs, Tool
from agents.models.tools import DEFAULT_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS
from agents.queries import tools_for
from agents.services.tools import Tried, tool_archive, tool_create, tool_try, tool_update
from agents.tools.description import ToolDescription
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.lists.paging import page
from console.tenancy import by_public_id

router = Router(tags=["Tools"])

_EXAMPLE: dict[str, JsonValue] = {
    "name": "create-ticket",
    "description": "Opens a ticket with the support desk.",
    "method": "POST",
    "url": "https://desk.example.com/api/projects/{{project}}/tickets",
    "headers": [{"name": "X-Client", "value": "callboard"}],
    "body": '{"title": "{{title}}", "priority": "{{priority}}"}',
    "input_schema": {"type": "object", "required": ["project", "title", "priority"]},
    "timeout_s": 20,
}
_TRY_EXAMPLE: dict[str, JsonValue] = {"input": {"project": "web", "title": "Login is slow", "priority": 2}}


class ToolIn(Schema):
    """A tool to be added, or all of what one is to become."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: str = Field(description="unique in the organization, whatever its case")
    description: str = ""
    method: str = Field("POST", description="GET, POST, PUT, PATCH or DELETE")
    url: str = Field(description="with `{{name}}` placeholders behind the host, filled from the input, percent-encoded")
    headers: list[dict[str, str]] = Field([], description="`{name, value}` or `{name, credential_id}` each")
    body: str = Field("", description="JSON with placeholders inside its texts; blank sends the whole input")
    input_schema: dict[str, Any] | None = Field(None, description="JSON Schema 2020-12 that the input must fit")
    output_schema: dict[str, Any] | None = Field(None, description="JSON Schema 2020-12 that the answer must fit")
    credential_id: str | None = Field(None, description="a credential to send with each call")
    send_as: str = Field(SendAs.BEARER.value, description="bearer, or header: in the header `credential_header`")
    credential_header: str = ""
    timeout_s: int = Field(DEFAULT_TIMEOUT_SECONDS, description=f"1 to {LONGEST_TIMEOUT_SECONDS} seconds")

    def as_description(self) -> ToolDescription:
        """Return what the service takes; it says what is wrong with it."""
        fields = self.model_dump()
        return ToolDescription(**{**fields, "credential_id": self.credential_id or "", "headers": tuple(self.headers)})


class ToolOut(Schema):
    id: str
    name: str
    description: str
    method: str
    url: str
    headers: list[dict[str, str]]
    body: str
    input_schema: dict[str, Any] | None
    output_schema: dict[str, Any] | None
    credential_id: str | None
    send_as: str
    credential_header: str
    timeout_s: int
    created_at: datetime
    updated_at: datetime


class TryIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _TRY_EXAMPLE})

    input: dict[str, Any] = Field({}, description="what a step would give the tool")


class ToolErrorOut(Schema):
    code: str
    message: str
    is_retryable: bool = Field(description="whether a step would try it again")
    details: dict[str, Any]


class TriedOut(Schema):
    """What came of one call: an output or an error, never both."""

    output: dict[str, Any] | None
    error: ToolErrorOut | None
    latency_ms: int


def _out(tool: Tool) -> ToolOut:
    return ToolOut(
        id=tool.public_id, name=tool.name, description=tool.description, method=tool.method, url=tool.url,
        headers=tool.headers, body=tool.body, input_schema=tool.input_schema, output_schema=tool.output_schema,
        credential_id=tool.credential.public_id if tool.credential else None, send_as=tool.send_as,
        credential_header=tool.credential_header, timeout_s=tool.timeout_s, created_at=tool.created_at,
        updated_at=tool.updated_at,
    )  # fmt: skip


def _tried_out(tried: Tried) -> TriedOut:
    return TriedOut(
        output=tried.output, error=_error_out(tried.error) if tried.error else None, latency_ms=tried.latency_ms
    )


def _error_out(error: ToolError) -> ToolErrorOut:
    return ToolErrorOut(code=error.code, message=error.message, is_retryable=error.is_retryable, details=error.details)


@router.get("", response=ListOut[ToolOut], summary="List tools, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[ToolOut]:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    return list_out(page(tools_for(request.auth.actor), cursor=cursor, limit=limit), _out)


@router.post("", response={201: ToolOut}, summary="Add a tool")
def create(request: ApiRequest, data: ToolIn) -> Status[ToolOut]:
    return Status(201, _out(tool_create(actor=request.auth.actor, description=data.as_description())))


@router.get("/{tool_id}", response=ToolOut, summary="Get a tool")
def detail(request: ApiRequest, tool_id: str) -> ToolOut:
    return _out(_tool(request, tool_id))


@router.put("/{tool_id}", response=ToolOut, summary="Replace what is said of a tool")
def update(request: ApiRequest, tool_id: str, data: ToolIn) -> ToolOut:
    tool = _tool(request, tool_id)
    return _out(tool_update(actor=request.auth.actor, tool=tool, description=data.as_description()))


@router.delete("/{tool_id}", response={204: None}, summary="Archive a tool that no pipeline calls")
def delete(request: ApiRequest, tool_id: str) -> Status[None]:
    tool_archive(actor=request.auth.actor, tool=_tool(request, tool_id))
    return Status(204, None)


@router.post("/{tool_id}/try", response=TriedOut, summary="Make one real call")
def try_once(request: ApiRequest, tool_id: str, data: TryIn) -> TriedOut:
    """The answer is 200 also where the call failed, and then says how."""
    return _tried_out(tool_try(actor=request.auth.actor, tool=_tool(request, tool_id), input=data.input))


def _tool(request: ApiRequest, tool_id: str) -> Tool:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    return by_public_id(tools_for(request.auth.actor), tool_id)
