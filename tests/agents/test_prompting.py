"""One question to one model, over the scripted provider."""

import threading
import uuid
from decimal import Decimal

import pytest

from agents.errors import PromptFailed
from agents.llm.catalogue import RULES
from agents.llm.prompt import Wishes
from agents.llm.records import usage_of_run
from agents.llm.rules import LABEL
from agents.models import ModelCall, Purpose
from agents.prompting import prompt
from agents.services.models import defaults_set
from agents.services.topics import topic_set
from tests.factories import AgentRunFactory, ModelCallFactory, ModelEndpointFactory
from tests.support.model_server import ModelServer, answers, fails, says

SCHEMA = {"type": "object", "required": ["word"], "properties": {"word": {"type": "string", "maxLength": 5}}}


@pytest.fixture
def server():
    with ModelServer() as server:
        yield server


@pytest.fixture
def endpoint(project, server):
    return ModelEndpointFactory(
        organization=project.organization, base_url=server.openai_url, display_name="Writer", model_id="writer-1"
    )


def ask(project, **asked):
    given = {"instructions": "Be brief.", "message": "Say a word.", "run_id": None, "step_id": None, **asked}
    return prompt(organization_id=project.organization_id, **given)


def failure(project, **asked) -> PromptFailed:
    with pytest.raises(PromptFailed) as raised:
        ask(project, **asked)
    return raised.value


def test_a_model_answers_what_it_was_told_and_asked(project, endpoint, server):
    server.script([says("Moin")])
    answer = ask(project, model="Writer")
    assert (answer.content, answer.data, answer.model, answer.is_rules) == ("Moin", None, "Writer", False)
    assert "Be brief." in server.requests[0].prompt
    assert "Say a word." in server.requests[0].prompt


def test_a_topic_leads_to_the_model(project, admin, endpoint, server):
    topic_set(actor=admin, topic="greeting", model="Writer")
    server.script([says("Moin")])
    assert ask(project, topic="Greeting").model == "Writer"


def test_without_a_model_it_says_where_to_set_one(project, endpoint):
    assert failure(project).code == "agent_model_unresolved"
    told = failure(project, topic="greeting")
    assert (told.code, told.is_retryable, "greeting" in told.message) == ("agent_model_unresolved", False, True)
    assert "'gone'" in failure(project, model="gone").message


def test_rules_answer_only_where_something_names_them(project, admin):
    defaults_set(actor=admin, agent=RULES)
    answer = ask(project)
    assert (answer.model, answer.is_rules, answer.content.startswith(LABEL)) == (RULES, True, True)
    assert ask(project, output_schema=SCHEMA).data == {"word": LABEL[:5]}
    assert ModelCall.objects.count() == 0


def test_an_object_is_asked_for_by_its_schema(project, endpoint, server):
    server.script([answers({"word": "Moin"})])
    answer = ask(project, model="Writer", output_schema=SCHEMA)
    assert (answer.data, answer.problem) == ({"word": "Moin"}, "")
    assert server.requests[0].tool is not None


def test_an_object_that_does_not_fit_goes_back_once_with_the_reason(project, endpoint, server):
    server.script([answers({"word": "far too long"}), answers({"word": "Moin"})])
    assert ask(project, model="Writer", output_schema=SCHEMA).data == {"word": "Moin"}
    assert "far too long" in server.requests[1].prompt
    assert "can't be used: word" in server.requests[1].prompt


def test_after_two_that_do_not_fit_the_last_words_are_kept_with_what_is_wrong(project, endpoint, server):
    server.script([says("no"), says("still no")])
    answer = ask(project, model="Writer", output_schema=SCHEMA)
    assert (answer.data, answer.content, answer.problem) == (None, "still no", "It holds no JSON object.")
    assert answer.usage.tokens == 240


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "objekt"}, {"$ref": "https://example.com/a"}])
def test_a_schema_that_models_can_not_answer_by_is_refused_before_the_call(project, endpoint, server, schema):
    assert failure(project, model="Writer", output_schema=schema).code == "output_schema_invalid"
    assert not server.requests


def test_each_call_is_kept_for_its_run_and_step(project, endpoint, server):
    run, step = uuid.uuid4(), uuid.uuid4()
    server.script([answers({"word": "far too long"}), answers({"word": "Moin"})])
    ask(project, model="Writer", output_schema=SCHEMA, run_id=run, step_id=step)
    kept = ModelCall.objects.values_list("purpose", "run_id", "step_id", "input_tokens")
    assert list(kept) == [(Purpose.AGENT, run, step, 100)] * 2
    usage = usage_of_run(project.organization_id, run)
    assert (usage.input_tokens, usage.output_tokens, usage.cost) == (200, 40, Decimal("0.000800"))
    assert usage_of_run(uuid.uuid4(), run).tokens == 0


def test_what_a_run_took_counts_its_agents_calls_once(project, endpoint, server):
    agent_run = AgentRunFactory(project=project)
    ModelCallFactory(
        organization=project.organization, agent_run=agent_run, purpose=Purpose.JUDGE, input_tokens=7, output_tokens=0
    )
    server.script([says("Moin")])
    ask(project, model="Writer", run_id=agent_run.run_id, agent_run=agent_run)
    assert usage_of_run(project.organization_id, agent_run.run_id).tokens == 127


def test_a_model_that_gives_no_answer_is_told_with_its_name(project, endpoint, server):
    server.script([fails(401, "Bad key.")])
    told = failure(project, model="Writer")
    assert (told.code, told.is_retryable, told.details) == ("model_call_failed", False, {"model": "Writer"})
    assert told.message == "Writer gave no answer. The provider answered 401: Bad key."


def test_temperature_and_length_are_said_only_if_wished(project, endpoint, server):
    ask(project, model="Writer")
    ask(project, model="Writer", wishes=Wishes(temperature=0.5, max_tokens=7))
    first, second = (request.body for request in server.requests)
    assert "temperature" not in first
    assert (second["temperature"], second.get("max_tokens") or second.get("max_completion_tokens")) == (0.5, 7)


def test_nobody_waits_for_a_stopped_prompt(project, endpoint, server):
    server.script([says("late", delay_seconds=20)])
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert failure(project, model="Writer", stop=stop).code == "superseded"
