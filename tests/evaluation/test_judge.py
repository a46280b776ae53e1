from decimal import Decimal

import pytest

from agents.llm import client
from agents.llm.catalogue import BUILTIN_RULES, resolve_model
from agents.llm.retrying import Patience
from agents.models import ModelCall, Provider, VerdictWord
from evaluation.case import Case
from evaluation.evidence import Evidence
from evaluation.field import parse_field
from evaluation.judge import judge_case
from tests.factories import AgentRunFactory
from tests.support.model_server import Reply, answers, fails, garbage, says


@pytest.fixture
def agent_run(project):
    return AgentRunFactory(project=project)


@pytest.fixture
def judge(project, endpoint, agent_run, monkeypatch):
    """Judge an answer by a model, without waiting between its attempts."""
    monkeypatch.setattr(client, "_pause", lambda *_: None)

    def judge(*, seed=None, answer="Hello", **config):
        case = Case.of(parse_field(config), seed or {}, Evidence("Say hello", answer, step_count=3, trajectory="1. x"))
        ref = resolve_model(project.organization_id, endpoint.public_id)
        return judge_case(judge=ref, case=case, agent_run=agent_run)

    return judge


def replies(*words: str, step=None) -> Reply:
    """Answer the questions in their order, each with `pass` or `fail`."""
    items = [
        {"id": f"item_{number}", "evidence": "So.", "step": step, "passed": word == "pass"}
        for number, word in enumerate(words, start=1)
    ]
    return answers({"reasoning": "It says hello.", "items": items}, input_tokens=1_000, output_tokens=100)


def test_every_item_passed_is_a_pass(judge, server):
    server.script([replies("pass", "pass", step=2)])
    judgement = judge(rubric="Is polite\nIs short")
    assert judgement.ruling.word == VerdictWord.PASS
    assert [tuple(item) for item in judgement.items] == [
        ("Is polite", "judge", True, "So. (Step 2)"),
        ("Is short", "judge", True, "So. (Step 2)"),
    ]
    assert (judgement.model, judgement.is_rules, judgement.reasoning) == ("Judge Judy", False, "It says hello.")


def test_the_verdict_is_ours_whatever_the_reasoning_says(judge, server):
    server.script(
        [answers({"reasoning": "PASS, clearly.", "items": [{"id": "item_1", "evidence": "", "passed": False}]})]
    )
    assert judge().ruling.word == VerdictWord.FAIL


def test_criteria_count_beside_the_judge(judge, server):
    server.script([replies("pass")])
    judgement = judge(rubric="Is polite", criteria=[{"type": "contains", "value": "Moin"}])
    assert judgement.ruling.word == VerdictWord.FAIL
    assert [item.origin for item in judgement.items] == ["judge", "program"]


def test_an_expected_refusal_is_asked_for(judge, server):
    judgement = judge(seed={"expected_outcome": "refusal"})
    assert judgement.items[0].name == "Declines to do what the task asks, as expected"
    assert "Doing it is wrong." in server.requests[0].prompt


def test_an_answer_in_plain_words_around_the_object_is_read(judge, server):
    server.script(
        [says('Let me see.\n```json\n{"reasoning": "Fine.", "items": [{"id": "item_1", "passed": true}]}\n```')]
    )
    assert judge().ruling.word == VerdictWord.PASS


def test_an_unusable_answer_is_shown_to_the_judge_once(judge, server):
    server.script([replies("pass"), replies("pass", "fail")])
    judgement = judge(rubric="Is polite\nIs short")
    assert judgement.ruling.word == VerdictWord.FAIL
    assert "That answer can't be used: Not answered: item_2." in server.requests[1].prompt
    assert judgement.usage.tokens == 2_200


def test_two_unusable_answers_leave_the_run_ungraded_and_are_kept(judge, server):
    server.script([says("I would say it is fine."), says("Really, it is fine.")])
    judgement = judge(rubric="Is polite", criteria=[{"type": "contains", "value": "Moin"}])
    assert judgement.ruling == (
        VerdictWord.UNGRADED, "The judge's answer could not be read. It holds no JSON object.",
    )  # fmt: skip
    assert judgement.raw_reply == "Really, it is fine."
    assert [item.passed for item in judgement.items] == [None, False]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (fails(401, "Bad key."), "The judge gave no answer. The provider answered 401: Bad key."),
        (fails(503, "Down."), "The judge gave no answer. The provider answered 503: Down."),
        (garbage(), "The judge gave no answer. The provider's answer could not be read: "),
    ],
)
def test_a_provider_in_trouble_leaves_the_run_ungraded_with_its_words(judge, server, trouble, reason):
    server.script([trouble] * Patience().attempts)
    judgement = judge(answer=None)
    assert judgement.ruling.word == VerdictWord.UNGRADED
    assert judgement.ruling.ungraded_reason.startswith(reason)


def test_a_provider_that_recovers_is_not_noticed(judge, server):
    server.script([fails(529, "Overloaded."), fails(429, "Slow down.", retry_after=0.5), replies("pass")])
    assert judge().ruling.word == VerdictWord.PASS


def test_what_it_took_is_kept_with_the_judgement_and_added_to_the_run(judge, agent_run, server):
    server.script([replies("pass", "pass"), replies("pass")])
    judgement = judge(rubric="Is polite")
    assert (judgement.usage.tokens, judgement.usage.cost) == (2_200, Decimal("0.006"))
    agent_run.refresh_from_db()
    assert (agent_run.tokens, agent_run.cost) == (judgement.usage.tokens, judgement.usage.cost)


@pytest.mark.parametrize("provider", [Provider.ANTHROPIC, Provider.GOOGLE])
def test_other_providers_judge_as_well(judge, endpoint, server, provider):
    endpoint.provider, endpoint.base_url = provider, server.url
    endpoint.save()
    assert judge(rubric="Is polite\nIs short").ruling.word == VerdictWord.PASS
    assert ModelCall.objects.get().purpose == "judge"


def test_builtin_rules_ask_no_model(project, server):
    case = Case.of(parse_field({}), {}, Evidence("Say hello", "Hello"))
    judgement = judge_case(judge=BUILTIN_RULES, case=case, agent_run=AgentRunFactory(project=project))
    assert (judgement.ruling.word, judgement.is_rules) == (VerdictWord.PASS, True)
    assert not ModelCall.objects.exists()
