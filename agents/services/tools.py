import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import JsonValue

from agents.errors import ToolError, ToolInUse, ToolInvalid, ToolNameTaken
from agents.models import Credential, SendAs, Tool
from agents.tools.description import ToolDescription, description_problems
from agents.tools.http import call
from agents.tools.uses import users_of
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.ids import from_public, new_id, to_public


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a call that somebody made to see: an output, or an error."""

    latency_ms: int
    output: dict[str, JsonValue] | None = None
    error: ToolError | None = None


def tool_create(*, actor: Actor, description: ToolDescription) -> Tool:
    """Add a tool to the organization's; raise ToolInvalid with every problem, or ToolNameTaken."""
    require(actor, Permission.EDIT_AGENTS)
    tool = Tool(organization_id=actor.organization_id)
    _apply(tool, description)
    _save(tool)
    audit.record(actor=actor, action="tool.create", target=tool, after=_told(tool))
    return tool


def tool_update(*, actor: Actor, tool: Tool, description: ToolDescription) -> Tool:
    """Change a tool: calls from now on are made as it says."""
    require(actor, Permission.EDIT_AGENTS)
    before = _told(tool)
    _apply(tool, description)
    _save(tool)
    audit.record(actor=actor, action="tool.update", target=tool, before=before, after=_told(tool))
    return tool


def tool_archive(*, actor: Actor, tool: Tool) -> None:
    """Take a tool out of use, and free its name; raise ToolInUse while a pipeline calls it."""
    require(actor, Permission.EDIT_AGENTS)
    if users := users_of(tool):
        raise ToolInUse(f"{tool.name} is in use: {', '.join(users)}. Choose another tool there first.")
    tool.archived_at = timezone.now()
    tool.save(update_fields=["archived_at", "updated_at"])
    audit.record(actor=actor, action="tool.archive", target=tool)


def tool_try(*, actor: Actor, tool: Tool, input: Mapping[str, JsonValue]) -> Tried:  # noqa: A002  # what it is
    """Make one real call, with the tool's credentials. Not for use in a transaction."""
    require(actor, Permission.EDIT_AGENTS)
    audit.record(actor=actor, action="tool.try", target=tool)
    started = time.monotonic()
    try:
        output = call(tool, dict(input), idempotency_key=to_public("try", new_id()))
    except ToolError as error:
        return Tried(_since(started), error=error)
    return Tried(_since(started), output)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _apply(tool: Tool, description: ToolDescription) -> None:
    problems = description_problems(description)
    credentials = _credentials(tool, description)
    problems += _unknown_credentials(description, credentials)
    if problems:
        raise ToolInvalid.of(problems)
    tool.name, tool.description = description.name.strip(), description.description.strip()
    tool.method, tool.url, tool.body = description.method, description.url.strip(), description.body.strip()
    tool.headers = [dict(header) for header in description.headers]
    tool.input_schema, tool.output_schema = description.input_schema, description.output_schema
    tool.credential = credentials.get(description.credential_id)
    tool.send_as, tool.timeout_s = description.send_as, description.timeout_s
    is_own = description.send_as == SendAs.HEADER
    tool.credential_header = description.credential_header.strip() if is_own else ""


def _credentials(tool: Tool, description: ToolDescription) -> dict[str, Credential]:
    """Return the credentials of the organization among those that are named, by public id."""
    named = [description.credential_id, *(header.get("credential_id", "") for header in description.headers)]
    keys = [key for name in named if (key := from_public(Credential.ID_PREFIX, str(name)))]
    own = Credential.objects.filter(organization_id=tool.organization_id, agent=None, pk__in=keys)
    return {credential.public_id: credential for credential in own}


def _unknown_credentials(description: ToolDescription, known: Mapping[str, Credential]) -> list[Problem]:
    message = "There is no such credential in this organization."
    found = []
    if description.credential_id and description.credential_id not in known:
        found.append(Problem(message, "credential_id"))
    for place, header in enumerate(description.headers):
        if header.get("credential_id", None) is not None and header["credential_id"] not in known:
            found.append(Problem(message, "headers", place, "credential_id"))
    return found


def _save(tool: Tool) -> None:
    try:
        with transaction.atomic():
            tool.save()
    except IntegrityError as error:
        if "tool_name_in_organization" not in str(error):
            raise
        raise ToolNameTaken(
            f"There is a tool named {tool.name!r} already. Choose another name.",
            problems=[Problem("This name is taken in this organization.", "name")],
        ) from error


def _told(tool: Tool) -> dict[str, object]:
    """Return what the audit trail says of a tool: credentials by id alone."""
    return {
        "name": tool.name,
        "method": tool.method,
        "url": tool.url,
        "headers": tool.headers,
        "body": tool.body,
        "credential_id": tool.credential.public_id if tool.credential else None,
        "send_as": tool.send_as,
        "timeout_s": tool.timeout_s,
    }
