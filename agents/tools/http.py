"""One call of an HTTP tool."""

import json
import math
import threading
from typing import NoReturn

from pydantic import JsonValue

from agents.errors import CallStopped, ToolError
from agents.models import Method, Tool
from agents.outgoing.sending import NotSent, Received, Request, send
from agents.redaction import Redactor
from agents.schemas import value_problems
from agents.tools.secrets import Secrets, secrets_of
from agents.tools.templates import TemplateError, filled_body, filled_url

JsonObject = dict[str, JsonValue]

_FIRST_ERROR, _FIRST_SERVER_ERROR, _NOT_IMPLEMENTED = 300, 500, 501
#: Request timeout, too early and too many requests.
_PASSING = frozenset({408, 425, 429})
_WITH_BODY = frozenset({Method.POST, Method.PUT, Method.PATCH})
_LONGEST_EXCERPT = 2_000
_LONGEST_LINE = 300


def call(tool: Tool, input: JsonObject, *, idempotency_key: str, stop: threading.Event | None = None) -> JsonObject:  # noqa: A002  # what it is
    """Return what a tool answers: its JSON object, else `{"result": …}`. Every secret in it is masked.

    Raise ToolError: `tool_input_invalid`, `tool_template_unfilled`, `tool_secret_unresolved`, `tool_refused` (by the
    guard of outgoing calls), `tool_http_error`, `tool_timeout`, `tool_unreachable`, `tool_output_invalid`, or
    `superseded` soon after `stop` is set. What may pass (no connection, a timeout, 408, 425, 429 and 5xx) is
    retryable. The key is sent as `Idempotency-Key`, so that a server that heeds it does the same call only once. Not
    for use in an event loop, nor in a transaction.
    """
    _check(tool, tool.input_schema, input, "tool_input_invalid", "The input of")
    secrets = secrets_of(tool)
    redactor = Redactor(secrets.values)
    request = _request(tool, input, secrets, idempotency_key)
    received = _received(tool, request, redactor, stop)
    if received.status >= _FIRST_ERROR:
        raise _refusal(tool, received, redactor)
    result = _result(tool, received, redactor)
    _check(tool, tool.output_schema, result, "tool_output_invalid", "The answer of")
    return result


def _check(tool: Tool, schema: JsonObject | None, value: JsonObject, code: str, what: str) -> None:
    problems = value_problems(schema, value) if schema else []
    if not problems:
        return
    told: list[JsonValue] = [{"path": problem.dotted_path, "message": problem.message} for problem in problems]
    first = f"{problems[0].dotted_path}: " if problems[0].path else ""
    message = f"{what} {tool.name} does not fit its schema. {first}{problems[0].message}"
    raise ToolError(code, message, details={"problems": told})


def _request(tool: Tool, values: JsonObject, secrets: Secrets, idempotency_key: str) -> Request:
    headers = {"Accept": "application/json", **secrets.headers, "Idempotency-Key": idempotency_key}
    try:
        url = filled_url(tool.url, values)
        body = json.dumps(filled_body(tool.body, values)).encode() if tool.method in _WITH_BODY else None
    except TemplateError as error:
        raise ToolError("tool_template_unfilled", f"{tool.name} can't be called. {error}") from error
    if body is not None:
        headers = {"Content-Type": "application/json", **headers}
    return Request(tool.method, url, headers, body, timeout_s=tool.timeout_s)


def _received(tool: Tool, request: Request, redactor: Redactor, stop: threading.Event | None) -> Received:
    try:
        return send(request, stop=stop)
    except NotSent as error:
        code = "tool_timeout" if error.is_timeout else "tool_unreachable" if error.is_retryable else "tool_refused"
        message = f"{tool.name} gave no answer. {redactor(error.sentence)}"
        raise ToolError(code, message, is_retryable=error.is_retryable) from error
    except CallStopped as error:
        raise ToolError("superseded", "The run is no longer wanted.") from error


def _refusal(tool: Tool, received: Received, redactor: Redactor) -> ToolError:
    status = received.status
    may_pass = status in _PASSING or (status >= _FIRST_SERVER_ERROR and status != _NOT_IMPLEMENTED)
    said = redactor(received.body.decode(errors="replace"))
    line = " ".join(said.split())
    words = f": {line[:_LONGEST_LINE]}{'…' if len(line) > _LONGEST_LINE else ''}" if line else "."
    details: JsonObject = {"status": status, "body": said[:_LONGEST_EXCERPT]}
    if retry_after := received.headers.get("retry-after"):
        details["retry_after"] = retry_after
    return ToolError("tool_http_error", f"{tool.name} answered {status}{words}", is_retryable=may_pass, details=details)


def _result(tool: Tool, received: Received, redactor: Redactor) -> JsonObject:
    text = received.body.decode(errors="replace")
    try:
        masked = redactor.value(_json(text))
    except RecursionError as error:
        raise ToolError("tool_output_invalid", f"The answer of {tool.name} is nested too deeply.") from error
    return masked if isinstance(masked, dict) else {"result": masked}  # type: ignore[dict-item]


def _json(text: str) -> JsonValue:
    """Return what a body says: its JSON, else its text; nothing where it is empty."""
    if not text.strip():
        return None
    try:
        value: JsonValue = json.loads(text, parse_constant=_not_json, parse_float=_finite)
    except ValueError:
        return text
    return value


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _not_json(text)
    return number
