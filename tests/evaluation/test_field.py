import pytest
from django.utils import timezone

from evaluation.errors import FieldInvalid
from evaluation.field import parse_field, problems
from tests.factories import AgentFactory, AgentVersionFactory, ModelEndpointFactory


@pytest.fixture
def agent(project):
    agent = AgentFactory(organization=project.organization, name="hello")
    agent.latest = AgentVersionFactory(agent=agent)
    agent.save()
    return agent


def found(agent, **settings) -> list[tuple[str, str]]:
    data = {"agent_id": agent.public_id, **settings}
    return [(problem.dotted_path, problem.message) for problem in problems(data, agent.organization_id)]


def test_a_field_with_everything_right_can_be_published(agent):
    judge = ModelEndpointFactory(organization=agent.organization)
    assert not found(
        agent, judge_model=judge.public_id, rubric="- Is polite",
        criteria=[{"type": "contains", "value": "x"}, {"type": "json_schema", "schema": {"type": "object"}}],
        odyssey_seed_columns={"user": "prompt", "initial_state": True},
    )  # fmt: skip


def test_builtin_rules_and_no_judge_at_all_can_be_published(agent):
    assert not found(agent, judge_model="builtin/rules")
    assert not found(agent)


@pytest.mark.parametrize(
    ("settings", "path", "message"),
    [
        ({"agent_id": ""}, "agent_id", "Choose the agent that fills in this field."),
        ({"agent_id": "agt_x"}, "agent_id", "There is no agent 'agt_x' here. Choose another."),
        ({"judge_model": "gone"}, "judge_model",
         "There is no model 'gone' here, or more than one. Choose the judge by its id."),
        ({"rubric": "x\n" * 60}, "rubric", "The rubric has 60 lines. Use at most 50."),
        ({"criteria": [{"type": "regex", "value": "("}]}, "criteria.0.value",
         "The pattern can't be used: missing ): (."),
        ({"criteria": [{"type": "json_schema", "schema": {"type": 5}}]}, "criteria.0.schema",
         "The schema can't be used: At type: 5 is not valid under any of the given schemas."),
        ({"criteria": [{"type": "contains"}]}, "criteria.0.value", "This is required."),
        ({"criteria": [{"value": "x"}]}, "criteria.0", "Say which type of criterion it is."),
        ({"criteria": [{"type": "equals", "value": "x", "weight": 2}]}, "criteria.0.weight",
         "There is no such setting here."),
        ({"odyssey_seed_columns": {"stat": "x"}}, "odyssey_seed_columns.stat",
         "There is no axis 'stat'. Did you mean state?"),
        ({"criteria": [{"type": "non_empty"}] * 51}, "criteria", "Use at most 50 criteria."),
        ({"temperature": 1}, "temperature", "There is no such setting here."),
    ],
)  # fmt: skip
def test_it_says_what_keeps_a_field_from_being_published(agent, settings, path, message):
    assert found(agent, **settings) == [(path, message)]


def test_what_has_a_wrong_shape_hides_no_other_problem(agent):
    criteria = [{"type": "contains"}, {"type": "regex", "value": "("}, {"type": "vibes"}]
    told = found(agent, agent_id="", criteria=criteria, odyssey_seed_columns={"state": 5}, temperature=1)
    assert {path for path, _ in told} == {
        "agent_id", "criteria.0.value", "criteria.1.value", "criteria.2", "odyssey_seed_columns.state", "temperature",
    }  # fmt: skip


def test_an_unknown_type_of_criterion_is_answered_with_the_known_ones(agent):
    ((path, message),) = found(agent, criteria=[{"type": "vibes"}])
    assert path == "criteria.0"
    assert message.startswith("There is no such type of criterion. Use one of: non_empty, no_exception, contains, ")


def test_a_draft_or_archived_agent_is_told(agent):
    agent.archived_at = timezone.now()
    agent.save()
    assert found(agent)[0][1] == "The agent hello is archived. Choose another."
    agent.archived_at, agent.latest = None, None
    agent.save()
    assert found(agent)[0][1].startswith("The agent hello is a draft, and a draft can't be dispatched.")


def test_another_organization_s_agent_is_none(agent):
    stranger = AgentFactory()
    data = {"agent_id": stranger.public_id}
    assert problems(data, agent.organization_id)[0].message.startswith("There is no agent ")


def test_a_wrong_shape_is_refused_with_its_path():
    with pytest.raises(FieldInvalid) as caught:
        parse_field({"odyssey_seed_columns": {"user": 5}, "rubric": None})
    assert {problem.dotted_path for problem in caught.value.problems} == {"rubric", "odyssey_seed_columns.user"}
