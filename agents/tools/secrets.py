"""The secrets that a call of a tool is made with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.credentials import SecretUnreadable, reveal
from agents.errors import ToolError
from agents.models import Credential, SendAs, Tool
from console.ids import from_public

UNRESOLVED = "tool_secret_unresolved"


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What headers to send, and the values in them that must be masked wherever the call is told of."""

    headers: Mapping[str, str]
    values: tuple[str, ...] = field(default=())


def secrets_of(tool: Tool) -> Secrets:
    """Return the tool's headers with every credential as its value; raise ToolError (`tool_secret_unresolved`)."""
    headers, values = {}, []
    for header in tool.headers:
        if "credential_id" in header:
            value = _revealed(tool, _named(tool, header["credential_id"]))
            values.append(value)
        else:
            value = header["value"]
        headers[header["name"]] = value
    if tool.credential is not None:
        value = _revealed(tool, tool.credential)
        values.append(value)
        is_bearer = tool.send_as == SendAs.BEARER
        headers["Authorization" if is_bearer else tool.credential_header] = f"Bearer {value}" if is_bearer else value
    return Secrets(headers, tuple(values))


def _named(tool: Tool, public_id: str) -> Credential:
    key = from_public(Credential.ID_PREFIX, public_id)
    own = Credential.objects.filter(organization_id=tool.organization_id)
    credential: Credential | None = own.filter(pk=key).first() if key else None
    if credential is None:
        raise ToolError(UNRESOLVED, f"A credential of the tool {tool.name} was deleted. Choose another.")
    return credential


def _revealed(tool: Tool, credential: Credential) -> str:
    try:
        value = reveal(credential).strip()
    except SecretUnreadable as error:
        raise ToolError(
            UNRESOLVED, f"The credential {credential.name} of {tool.name} can't be used. {error}"
        ) from error
    if not (value.isascii() and value.isprintable()):
        message = f"The credential {credential.name} can't be sent in a header: it is not one line of ASCII."
        raise ToolError(UNRESOLVED, message)
    return value
