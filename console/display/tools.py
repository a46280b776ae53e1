"""Tools as they are shown: their headers, with credentials by name."""

from collections.abc import Iterable

from agents.models import Credential, SendAs, Tool
from console.display.agents import Variable, credential_names

_BEARER_HEADER = "Authorization"


def headers_of(tool: Tool, credentials: Iterable[Credential]) -> list[Variable]:
    """Return the headers of a tool's calls, the one of its credential last."""
    names = credential_names(credentials)
    headers = [
        Variable(header["name"], credential=names.get(header["credential_id"], ""), is_secret=True)
        if "credential_id" in header
        else Variable(header["name"], value=header["value"])
        for header in tool.headers
    ]
    if tool.credential is not None:
        name = _BEARER_HEADER if tool.send_as == SendAs.BEARER else tool.credential_header
        headers.append(Variable(name, credential=names.get(tool.credential.public_id, ""), is_secret=True))
    return headers
