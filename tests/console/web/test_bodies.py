"""What the API makes of bodies that are too large, too deep, or no JSON."""

from http import HTTPStatus

import pytest
from django.test import Client

from agents.models import AgentRun

DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture
def post(api, project):
    def send(body: bytes, path: str = "/api/v1/workflows"):
        headers = {"Authorization": f"Bearer {api.token}"}
        client = Client(raise_request_exception=False)
        return client.generic("POST", path, body, content_type="application/json", headers=headers)

    return send


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"name": "x", "fields": ' + DEEP + b"}", "more than 64 levels deep"),
        (b'{"name": "x", "fields": ' + b"[" * 65 + b"]" * 65 + b"}", "more than 64 levels deep"),
        (DEEP[:100_000], "more than 64 levels deep"),
        (b'{"name": "x", "fields": [NaN]}', "NaN is not a number in JSON"),
        (b'{"name": "x", "fields": [1e999]}', "The number 1e999 is too large"),
        (b'{"name": "x", "fields": [' + b"9" * 5_000 + b"]}", "more than 4,300 digits"),
        (b"{'name': 1}", "Not valid JSON at character 2"),
        (b"\xff\xfe{", "It is not UTF-8 at byte 1"),
    ],
)
def test_a_body_that_is_no_json_we_take_is_refused_with_the_reason(post, body, reason):
    answer = post(body)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert reason in answer.json()["error"]["message"]


def test_a_body_of_another_kind_is_refused_by_name(post):
    answer = post(b"[]")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["error"]["message"].startswith("The body: ")


def test_a_body_at_the_limit_of_depth_is_read(post):
    answer = post(b'{"name": "x", "fields": [{"key": "a", "note": ' + b"[" * 50 + b"]" * 50 + b"}]}")

    assert "deep" not in answer.json().get("error", {}).get("message", "")


def test_a_body_that_is_too_large_is_refused_as_such(post, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    answer = post(b'{"name": "' + b"x" * 1_000 + b'", "fields": []}')

    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert answer.json()["error"]["message"] == "The body is larger than 1 KB. Send it in parts."


def test_a_form_of_too_many_fields_is_refused(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10

    answer = client.post("/sign-in", {f"field{number}": "x" for number in range(20)})

    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_a_form_that_is_too_large_is_refused_as_such(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    answer = client.post("/sign-in", {"email": "x" * 2_000})

    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize("method", ["POST", "PATCH", "TRACE", "BREW"])
def test_a_method_that_an_operation_does_not_have_gets_an_answer_for_programs(api, method):
    answer = api(method, "/api/me")

    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer.json()["error"]["code"] == "wrong_method"
    assert answer.json()["error"]["message"] == f"This address does not take {method}. It takes {answer['Allow']}."
    assert "GET" in answer["Allow"]


def test_a_filter_that_is_no_status_is_refused(api):
    answer = api("GET", "/api/agent-runs?status=%00")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert AgentRun.objects.count() == 0
