"""Agents that are one question to a model: registered, published and run like any other."""

import threading

import pytest

from agents import runner
from agents.errors import AgentInvalid, AgentRunFailed
from agents.llm.catalogue import RULES
from agents.models import Agent, AgentRun, AgentRunStatus
from agents.phases import Phase, Phases
from agents.queries import trajectory_of
from agents.runner import Attempt
from agents.runtimes.prompt import message_of
from agents.services.agents import agent_publish, agent_register
from agents.services.models import defaults_set, endpoint_users
from agents.spec import PromptSpec, parse_spec
from console.ids import new_id
from tests.factories import AgentRunFactory, ModelEndpointFactory
from tests.support.model_server import ModelServer, answers, says

PROMPT = {"runtime": "prompt", "instructions": "Be brief."}


def registered(admin, **changes) -> Agent:
    return agent_register(actor=admin, name="asker", spec={**PROMPT, **changes})


def problems_of(admin, **changes) -> dict[str, str]:
    with pytest.raises(AgentInvalid) as raised:
        registered(admin, **changes)
    return {problem.dotted_path: problem.message for problem in raised.value.problems}


def test_it_is_published_like_any_other(admin):
    agent = registered(admin, topic="review", temperature=0.2, output_schema={"properties": {"a": {"const": None}}})
    version = agent_publish(actor=admin, agent=agent)
    spec = parse_spec(version.spec)
    assert isinstance(spec, PromptSpec)
    assert (spec.topic, spec.temperature, spec.output_schema) == (
        "review", 0.2, {"properties": {"a": {"const": None}}},
    )  # fmt: skip
    assert agent.runtime == "prompt"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"instructions": ""}, "instructions"),
        ({"instructions": "  "}, "instructions"),
        ({"model": RULES, "topic": "review"}, "topic"),
        ({"model": "gone"}, "model"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"output_schema": {"type": "array"}}, "output_schema"),
        ({"source": {"kind": "paste", "code": "x"}}, "source"),
        ({"roles": ["#!"]}, "roles.0"),
        ({"runtime": "telepathy"}, "runtime"),
    ],
)
def test_what_does_not_fit_is_named(admin, changes, path):
    assert path in problems_of(admin, **changes)


def test_a_spec_without_roles_is_what_it_was_before_there_were_any(admin):
    assert "roles" not in registered(admin).draft
    assert parse_spec({**PROMPT, "roles": ["reviewer"]}).roles == ["reviewer"]


def test_a_model_that_a_prompt_names_is_in_use(admin, project):
    model = ModelEndpointFactory(organization=project.organization)
    agent_publish(actor=admin, agent=registered(admin, model=model.public_id))
    assert endpoint_users(model) == ["the agent asker"]


def test_what_is_asked_is_the_instruction_with_the_rest_below_it():
    assert message_of({"user_instruction": "Say a word."}) == "Say a word."
    assert message_of({"user_instruction": "Say it.", "columns": {"word": "Moin"}}) == (
        'Say it.\n\n{\n  "columns": {\n    "word": "Moin"\n  }\n}'
    )


def carried_out(admin, project, **changes) -> AgentRun:
    version = agent_publish(actor=admin, agent=registered(admin, **changes))
    agent_run = AgentRunFactory(
        project=project, agent=version.agent, version=version, status=AgentRunStatus.RUNNING, attempt=1,
        final_response=None, task_input={"user_instruction": "Say a word."},
    )  # fmt: skip
    phases = Phases(agent_run, lambda *_: None)
    attempt = Attempt(agent_run, new_id(), phases, lambda *_: None, threading.Event())
    runner.carry_out(attempt, runner.prepare(attempt))
    agent_run.refresh_from_db()
    return agent_run


def test_a_run_asks_the_model_and_opens_no_sandbox(admin, project):
    with ModelServer() as server:
        ModelEndpointFactory(organization=project.organization, display_name="Writer", base_url=server.openai_url)
        server.script([says("Moin", input_tokens=10, output_tokens=1)])
        agent_run = carried_out(admin, project, model="Writer")
    assert (agent_run.final_response, agent_run.tokens, agent_run.sandbox) == ("Moin", 11, "")
    assert [phase["name"] for phase in agent_run.phases] == [Phase.TURNS, Phase.COLLECT]
    [step] = trajectory_of(agent_run)
    assert (step.title, step.detail.text, step.is_ok) == ("Answer by Writer", "Moin", True)


def test_an_object_is_the_final_response_as_json(admin, project):
    with ModelServer() as server:
        ModelEndpointFactory(organization=project.organization, display_name="Writer", base_url=server.openai_url)
        server.script([answers({"word": "Moin"})])
        agent_run = carried_out(admin, project, model="Writer", output_schema={"required": ["word"]})
    assert agent_run.final_response == '{\n  "word": "Moin"\n}'


def test_rules_answer_where_the_organization_names_them(admin, project):
    defaults_set(actor=admin, agent=RULES)
    assert carried_out(admin, project).final_response.startswith("[builtin/rules, no model]")


def test_without_a_model_the_run_breaks_and_says_where_to_set_one(admin, project):
    with pytest.raises(AgentRunFailed, match="Settings, Models") as raised:
        carried_out(admin, project)
    assert raised.value.code == "agent_model_unresolved"
