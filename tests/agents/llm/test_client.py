import json
import threading
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from agents.errors import CallStopped, ModelCallFailed
from agents.llm import client
from agents.llm.client import ask
from agents.llm.prompt import Message, Prompt, Reply, Speaker
from agents.llm.retrying import Patience
from agents.models import ModelCall, Provider, Purpose
from tests.support.model_server import answers, fails, garbage, says

SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}


def prompt(schema=None) -> Prompt:
    return Prompt("Be brief.", (Message(Speaker.USER, "Say a word."),), schema)


@pytest.fixture(autouse=True)
def _nothing_learned_yet():
    client._tunings.clear()


@pytest.fixture(autouse=True)
def waits(monkeypatch) -> list[float]:
    """The waits between attempts, which are noted and not waited."""
    waits: list[float] = []
    monkeypatch.setattr(client, "_pause", lambda seconds, _: waits.append(seconds))
    return waits


def call(endpoint, schema=None, **more) -> Reply:
    return ask(endpoint=endpoint, prompt=prompt(schema), purpose=Purpose.JUDGE, **more)


@pytest.mark.parametrize("provider", Provider.values)
def test_every_provider_is_asked_in_its_own_format(endpoints, server, provider):
    server.script([says("Moin", input_tokens=7, output_tokens=3)])
    reply = call(endpoints[provider])
    assert (reply.text, reply.usage.input_tokens, reply.usage.output_tokens) == ("Moin", 7, 3)
    assert server.requests[0].prompt == "Be brief.\nSay a word."


@pytest.mark.parametrize("provider", Provider.values)
def test_every_provider_gives_an_object_where_a_schema_is_given(endpoints, server, provider):
    server.script([answers({"word": "Moin"})])
    assert json.loads(call(endpoints[provider], SCHEMA).text) == {"word": "Moin"}
    assert server.requests[0].tool == "answer"


@pytest.mark.parametrize("provider", Provider.values)
def test_every_provider_s_refusal_is_told_in_its_words_and_not_repeated(endpoints, server, provider):
    server.script([fails(401, "That key is wrong.")])
    with pytest.raises(ModelCallFailed) as caught:
        call(endpoints[provider])
    assert (caught.value.status, caught.value.is_retryable) == (401, False)
    assert str(caught.value) == "The provider answered 401: That key is wrong."
    assert len(server.requests) == 1


@pytest.mark.parametrize("provider", Provider.values)
def test_every_provider_s_rate_limit_is_waited_out_as_it_asks(endpoints, server, waits, provider):
    server.script([fails(429, "Slow down.", retry_after=7), says("Moin")])
    assert call(endpoints[provider]).text == "Moin"
    assert waits == [7]


@pytest.mark.parametrize("trouble", [fails(500, "Oh."), fails(529, "Overloaded."), garbage(), garbage(b"{}")])
def test_trouble_that_may_pass_is_tried_again_after_growing_waits(endpoint, server, waits, trouble):
    server.script([trouble, trouble, says("Moin")])
    assert call(endpoint).text == "Moin"
    assert 0.75 <= waits[0] <= 1
    assert 1.5 <= waits[1] <= 2


def test_trouble_that_does_not_pass_is_told_after_the_last_attempt(endpoint, server):
    server.script([fails(503, "Down for maintenance.")] * 9)
    with pytest.raises(ModelCallFailed, match=r"The provider answered 503: Down for maintenance\."):
        call(endpoint, patience=Patience(attempts=3))
    assert len(server.requests) == 3


def test_a_wait_longer_than_a_minute_is_left_to_people(endpoint, server):
    server.script([fails(429, "Come back tomorrow.", retry_after=3600)])
    with pytest.raises(ModelCallFailed, match="Come back tomorrow"):
        call(endpoint)


def test_a_provider_that_does_not_answer_is_left_after_a_while(endpoint, server):
    server.script([says("Moin", delay_seconds=2)])
    with pytest.raises(ModelCallFailed, match=r"The provider did not answer within 0\.2 seconds\."):
        call(endpoint, patience=Patience(attempts=1, call_seconds=0.2))


def test_a_call_ends_soon_after_nobody_waits_for_it_any_more(endpoint, server):
    server.script([says("Moin", delay_seconds=5)])
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    started = time.monotonic()
    with pytest.raises(CallStopped):
        call(endpoint, stop=stop)
    assert time.monotonic() - started < 1
    assert ModelCall.objects.get().error == "Stopped: nobody waits for the answer any more."


def test_a_provider_that_is_not_there_is_told(endpoint):
    endpoint.base_url = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelCallFailed, match="The provider could not be reached: "):
        call(endpoint, patience=Patience(attempts=1))


@pytest.mark.parametrize(
    ("message", "absent"),
    [
        ("Unsupported value: 'temperature' does not support 0.", "temperature"),
        ("model-1 does not support tools", "tools"),
    ],
)
def test_what_a_model_does_not_take_is_left_out_at_once(endpoint, server, waits, message, absent):
    server.script([fails(400, message), answers({"word": "Moin"})])
    assert json.loads(call(endpoint, SCHEMA).text) == {"word": "Moin"}
    assert not waits
    assert absent in server.requests[0].body
    assert absent not in server.requests[1].body


def test_what_a_model_does_not_take_is_not_tried_with_the_next_call(endpoint, server):
    server.script([fails(400, "model-1 does not support tools")])
    call(endpoint, SCHEMA)
    call(endpoint, SCHEMA)
    assert ["tools" in request.body for request in server.requests] == [True, False, False]


def test_without_tools_the_schema_is_part_of_the_instructions(endpoint, server):
    server.script([fails(404, "No endpoints found that support tool use"), answers({"word": "Moin"})])
    call(endpoint, SCHEMA)
    assert '"required": ["word"]' in server.requests[1].prompt


@pytest.mark.parametrize("trouble", [fails(501, "No."), fails(404, "No such model."), fails(429, "Out of credits.")])
def test_trouble_that_will_not_pass_is_told_at_once(endpoint, server, waits, trouble):
    server.script([replace(trouble, error_code="insufficient_quota")])
    with pytest.raises(ModelCallFailed):
        call(endpoint)
    assert not waits


def test_redirects_are_not_followed(endpoint, server):
    server.script([garbage(b"", status=307, Location=f"{server.url}/elsewhere/chat/completions")])
    with pytest.raises(ModelCallFailed, match="The host redirects to http://127"):
        call(endpoint)
    assert len(server.requests) == 1


def test_an_answer_too_large_to_be_one_is_not_read(endpoint, server):
    server.script([garbage(b" " * 9_000_000)])
    with pytest.raises(ModelCallFailed, match=r"The answer is larger than 8 MB\."):
        call(endpoint)
    assert len(server.requests) == 1


def test_a_compressed_answer_is_not_read(endpoint, server):
    server.script([garbage(b"\x1f\x8b", Content_Encoding="gzip")])
    with pytest.raises(ModelCallFailed, match=r"The answer is compressed \(gzip\)"):
        call(endpoint)


def test_a_metadata_address_is_not_asked(endpoint):
    endpoint.base_url = "http://169.254.169.254/v1"
    with pytest.raises(ModelCallFailed, match="is at a link-local or metadata address") as caught:
        call(endpoint)
    assert not caught.value.is_retryable


def test_each_call_is_kept_with_what_it_cost(endpoint, server):
    server.script([fails(500, "Oh."), says("Moin", input_tokens=1_000, output_tokens=100)])
    assert call(endpoint).usage.cost == Decimal("0.003")
    kept = ModelCall.objects.order_by("id").values_list("input_tokens", "output_tokens", "cost", "error")
    assert list(kept) == [(0, 0, None, "The provider answered 500: Oh."), (1_000, 100, Decimal("0.003000"), "")]


def test_without_prices_the_cost_is_unknown_rather_than_nothing(endpoint, server):
    endpoint.input_price = None
    assert call(endpoint).usage.cost is None
