"""What is said of an HTTP tool when it is added, and what is wrong with it. Pure."""

import re
from dataclasses import asdict, dataclass, field

from pydantic import JsonValue

from agents.models.tools import DEFAULT_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS, Method, SendAs
from agents.outgoing.urls import url_problem
from agents.schemas import schema_problems
from agents.tools.templates import body_template_problem, names_in, url_template_problem
from console.errors import Problem
from console.storable import unstorable

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 5_000
LONGEST_BODY = 100_000
LONGEST_HEADER = 2_000
MOST_HEADERS = 50

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
#: What the client says itself, and what would change how the request is read.
_OURS = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
    "accept-encoding", "idempotency-key",
})  # fmt: skip
_SECRETS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})

Header = dict[str, str]


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """A tool as it is added or changed. A header is `{"name", "value"}` or `{"name", "credential_id"}`."""

    name: str
    url: str
    method: str = Method.POST
    description: str = ""
    headers: tuple[Header, ...] = ()
    body: str = ""
    input_schema: dict[str, JsonValue] | None = None
    output_schema: dict[str, JsonValue] | None = None
    credential_id: str = ""
    send_as: str = SendAs.BEARER
    credential_header: str = ""
    timeout_s: int = DEFAULT_TIMEOUT_SECONDS
    #: What could not be read before it came here, such as a schema that is no JSON.
    unread: tuple[Problem, ...] = field(default=(), repr=False)


def description_problems(tool: ToolDescription) -> list[Problem]:
    """Return everything wrong with a tool that can be told without looking anything up."""
    return [
        *unstorable({key: value for key, value in asdict(tool).items() if key != "unread"}),
        *tool.unread,
        *_text_problems(tool),
        *_request_problems(tool),
        *_header_problems(tool),
        *_credential_problems(tool),
        *_schema_problems(tool),
    ]


def _text_problems(tool: ToolDescription) -> list[Problem]:
    found = []
    if not 1 <= len(tool.name.strip()) <= LONGEST_NAME:
        found.append(Problem(f"Give the tool a name of at most {LONGEST_NAME} characters.", "name"))
    if len(tool.description) > LONGEST_DESCRIPTION:
        found.append(Problem(f"Use at most {LONGEST_DESCRIPTION:,} characters.", "description"))
    return found


def _request_problems(tool: ToolDescription) -> list[Problem]:
    found = []
    if tool.method not in Method.values:
        found.append(Problem(f"Use one of: {', '.join(Method.values)}.", "method"))
    # Blanks in a placeholder are none of the URL's.
    url = re.sub(r"\{\{\s*([^{}]*?)\s*\}\}", r"{{\1}}", tool.url.strip())
    if problem := url_template_problem(url) or url_problem(url):
        found.append(Problem(problem, "url"))
    if len(tool.body) > LONGEST_BODY:
        found.append(Problem(f"Use at most {LONGEST_BODY:,} characters.", "body"))
    elif problem := body_template_problem(tool.body):
        found.append(Problem(problem, "body"))
    elif tool.body.strip() and tool.method in {Method.GET, Method.DELETE}:
        found.append(Problem(f"{tool.method} sends no body. Leave it blank, or use another method.", "body"))
    if not 1 <= tool.timeout_s <= LONGEST_TIMEOUT_SECONDS:
        found.append(Problem(f"Use 1 to {LONGEST_TIMEOUT_SECONDS} seconds.", "timeout_s"))
    return found


def _header_problems(tool: ToolDescription) -> list[Problem]:
    found = []
    if len(tool.headers) > MOST_HEADERS:
        found.append(Problem(f"Use at most {MOST_HEADERS} headers.", "headers"))
    for place, header in enumerate(tool.headers):
        found += [Problem(sentence, "headers", place, part) for part, sentence in _wrong_in(header)]
    return found


def _wrong_in(header: Header) -> list[tuple[str, str]]:
    """Return what is wrong with a header, by its part."""
    name = header.get("name", "")
    if sentence := header_name_problem(name):
        return [("name", sentence)]
    if ("value" in header) == ("credential_id" in header):
        return [("value", "Give either a value or a credential.")]
    if set(header) - {"name", "value", "credential_id"}:
        return [("name", "A header has a name, and a value or a credential_id, and nothing else.")]
    value = header.get("value", "")
    if "value" in header and name.lower() in _SECRETS:
        return [("value", f"{name} is a secret. Keep it as a credential, and choose that here.")]
    if len(value) > LONGEST_HEADER or not _HEADER_VALUE.fullmatch(value):
        return [("value", f"Use at most {LONGEST_HEADER:,} printable ASCII characters on one line.")]
    return []


def header_name_problem(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        return "Name the header by letters, digits and dashes, such as X-Api-Key."
    return f"{name} is set by Callboard itself." if name.lower() in _OURS else ""


def _credential_problems(tool: ToolDescription) -> list[Problem]:
    if tool.send_as not in SendAs.values:
        return [Problem(f"Use one of: {', '.join(SendAs.values)}.", "send_as")]
    if tool.send_as != SendAs.HEADER:
        return []
    sentence = header_name_problem(tool.credential_header.strip())
    return [Problem(sentence, "credential_header")] if sentence else []


def _schema_problems(tool: ToolDescription) -> list[Problem]:
    found = []
    if tool.input_schema is not None:
        found += schema_problems(tool.input_schema, "input_schema")
        if not found and tool.input_schema.get("additionalProperties") is False:
            found += _unfillable(tool)
    if tool.output_schema is not None:
        found += schema_problems(tool.output_schema, "output_schema")
    return found


def _unfillable(tool: ToolDescription) -> list[Problem]:
    """Return the placeholders that an input of the schema can never fill."""
    schema = tool.input_schema or {}
    properties = schema.get("properties")
    known = set(properties) if isinstance(properties, dict) else set()
    if {"patternProperties", "$ref", "allOf", "anyOf", "oneOf"} & set(schema):
        return []
    places = (("url", tool.url), ("body", tool.body))
    return [
        Problem(f"The input schema allows no {name}, which a placeholder names.", part)
        for part, template in places
        for name in sorted(names_in(template) - known)
    ]
