"""Calls of HTTP tools, over a real socket."""

import threading

import pytest

from agents.errors import ToolError
from agents.models import Tool
from agents.services.credentials import credential_create
from agents.services.tools import tool_create
from agents.tools.description import ToolDescription
from agents.tools.http import call
from tests.support.web_server import Answer, WebServer

SECRET = "s3cret-value-of-a-desk"


@pytest.fixture
def server(settings):
    with WebServer() as server:
        settings.CALLBOARD_TRUSTED_HOSTS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def credential(admin):
    return credential_create(actor=admin, name="desk", value=SECRET)


@pytest.fixture
def tool(admin, server):
    def make(path: str = "/tickets/{{id}}", **fields) -> Tool:
        return tool_create(actor=admin, description=ToolDescription(name="desk", url=server.url + path, **fields))

    return make


def failure(tool: Tool, **values) -> ToolError:
    with pytest.raises(ToolError) as raised:
        call(tool, values, idempotency_key="run:node:1")
    return raised.value


def test_it_sends_the_filled_templates_with_the_key(tool, server):
    server.script([Answer(200, b'{"made": 7}')])
    made = tool(body='{"title": "{{title}}"}', headers=({"name": "X-Client", "value": "callboard"},))
    assert call(made, {"id": "a/b", "title": "Slow"}, idempotency_key="run:node:1") == {"made": 7}
    asked = server.requests[0]
    assert (asked.method, asked.path, asked.body) == ("POST", "/tickets/a%2Fb", b'{"title": "Slow"}')
    sent = {name: asked.headers[name] for name in ("idempotency-key", "x-client", "content-type")}
    assert sent == {"idempotency-key": "run:node:1", "x-client": "callboard", "content-type": "application/json"}


def test_a_blank_body_sends_the_input_and_get_sends_none(tool, server):
    call(tool(), {"id": 1, "more": [2]}, idempotency_key="k")
    assert server.requests[0].body == b'{"id": 1, "more": [2]}'
    Tool.objects.update(method="GET")
    call(Tool.objects.get(), {"id": 1}, idempotency_key="k")
    assert (server.requests[1].method, server.requests[1].body) == ("GET", b"")


@pytest.mark.parametrize(
    ("body", "result"),
    [(b"[1, 2]", {"result": [1, 2]}), (b"plain", {"result": "plain"}), (b"", {"result": None}),
     (b"NaN", {"result": "NaN"}), (b"1e999", {"result": "1e999"}), (b'{"a": "\\u0000"}', {"a": "\ufffd"})],
)  # fmt: skip
def test_what_is_no_object_becomes_a_result(tool, server, body, result):
    server.script([Answer(200, body)])
    assert call(tool(), {"id": 1}, idempotency_key="k") == result


@pytest.mark.parametrize(
    ("fields", "header", "value"),
    [
        ({"send_as": "bearer"}, "authorization", f"Bearer {SECRET}"),
        ({"send_as": "header", "credential_header": "X-Api-Key"}, "x-api-key", SECRET),
    ],
)
def test_a_credential_is_sent_as_chosen_and_masked_in_what_comes_back(tool, server, credential, fields, header, value):
    server.script([Answer(200, f'{{"you sent": "{SECRET}"}}'.encode()), Answer(403, f"no {SECRET}".encode())])
    made = tool(credential_id=credential.public_id, **fields)
    assert call(made, {"id": 1}, idempotency_key="k") == {"you sent": "***"}
    assert server.requests[0].headers[header] == value
    told = failure(made, id=1)
    assert SECRET not in f"{told} {told.details}"
    credential.refresh_from_db()
    assert credential.last_used_at is not None


def test_a_header_may_be_a_credential(tool, server, credential):
    made = tool(headers=({"name": "X-Key", "credential_id": credential.public_id},))
    assert SECRET not in str(made.headers)
    call(made, {"id": 1}, idempotency_key="k")
    assert server.requests[0].headers["x-key"] == SECRET


def test_a_header_whose_credential_is_gone_is_told_before_the_call(tool, server, credential):
    made = tool(headers=({"name": "X-Key", "credential_id": credential.public_id},))
    credential.delete()
    assert failure(made, id=1).code == "tool_secret_unresolved"
    assert not server.requests


@pytest.mark.parametrize(
    ("status", "is_retryable"),
    [(400, False), (401, False), (404, False), (408, True), (409, False), (425, True), (429, True), (500, True),
     (501, False), (503, True)],
)  # fmt: skip
def test_what_may_pass_is_tried_again_and_nothing_else(tool, server, status, is_retryable):
    server.script([Answer(status, b"Sorry.", {"Retry-After": "3"})])
    told = failure(tool(), id=1)
    assert (told.code, told.is_retryable) == ("tool_http_error", is_retryable)
    assert told.message == f"desk answered {status}: Sorry."
    assert told.details == {"status": status, "body": "Sorry.", "retry_after": "3"}


def test_a_redirect_leads_nowhere(tool, server):
    server.script([Answer(302, headers={"Location": "http://169.254.169.254/"})])
    told = failure(tool(), id=1)
    assert (told.code, told.is_retryable, len(server.requests)) == ("tool_refused", False, 1)


def test_an_address_inside_is_refused_unless_the_operator_trusts_it(tool, server, settings):
    made = tool()
    settings.CALLBOARD_TRUSTED_HOSTS = []
    told = failure(made, id=1)
    assert (told.code, told.is_retryable, "private address" in told.message) == ("tool_refused", False, True)
    assert not server.requests


def test_a_slow_answer_is_a_timeout_that_may_pass(tool, server):
    server.script([Answer(200, delay_seconds=5)])
    told = failure(tool(timeout_s=1), id=1)
    assert (told.code, told.is_retryable) == ("tool_timeout", True)


def test_a_host_that_is_down_may_come_back(tool, server, settings):
    made = tool()
    Tool.objects.update(url="http://127.0.0.1:1/{{id}}")
    settings.CALLBOARD_TRUSTED_HOSTS = ["127.0.0.1"]
    made.refresh_from_db()
    assert (failure(made, id=1).code, failure(made, id=1).is_retryable) == ("tool_unreachable", True)


def test_an_input_that_does_not_fit_is_told_by_its_path_before_the_call(tool, server):
    schema = {"properties": {"id": {"type": "object", "properties": {"n": {"type": "integer"}}}}}
    told = failure(tool(input_schema=schema), id={"n": "x"})
    assert (told.code, told.details["problems"][0]["path"]) == ("tool_input_invalid", "id.n")
    assert not server.requests


def test_an_answer_that_does_not_fit_is_told(tool, server):
    server.script([Answer(200, b'{"made": "x"}')])
    told = failure(tool(output_schema={"properties": {"made": {"type": "integer"}}}), id=1)
    assert (told.code, told.is_retryable) == ("tool_output_invalid", False)
    assert told.message.startswith("The answer of desk does not fit its schema. made: ")


def test_a_placeholder_that_is_not_filled_is_named(tool, server):
    told = failure(tool("/{{id}}/{{part.name}}"), id=1)
    assert (told.code, "part.name" in told.message) == ("tool_template_unfilled", True)
    assert not server.requests


def test_a_deeply_nested_answer_breaks_nothing(tool, server):
    server.script([Answer(200, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")])
    with pytest.raises(ToolError, match="nested too deeply"):
        call(tool(), {"id": 1}, idempotency_key="k")


def test_nobody_waits_for_a_stopped_call(tool, server):
    server.script([Answer(200, delay_seconds=20)])
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(ToolError) as raised:
        call(tool(), {"id": 1}, idempotency_key="k", stop=stop)
    assert raised.value.code == "superseded"
