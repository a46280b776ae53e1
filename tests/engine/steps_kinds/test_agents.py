"""Steps that agents carry out: one by name, or all of a role."""

import pytest

from agents.models import AgentRun
from agents.services.agents import agent_publish, agent_register
from console.access import Actor, Role
from console.errors import DomainError
from tests.factories import ProjectFactory
from tests.support.agents import function, published_agent
from tests.support.step_pipelines import attempts, carried_out, in_order, published_steps, started, state_of, step

pytestmark = pytest.mark.django_db(transaction=True)

ECHO = function("return {'final_response': f\"did: {task_input['user_instruction']} {task_input.get('input')}\"}")


def asking(agent, prompt: str = "Look at {{pr}}", **config) -> dict:
    named = {"agent": agent.public_id} if agent else {}
    return step("ask", "promptAgent", prompt=prompt, outputKey="said", **named, **config)


def prompt_agent(admin, *, name: str = "writer", **spec):
    given = {"runtime": "prompt", "instructions": "Help.", "model": "builtin/rules", **spec}
    agent = agent_register(actor=admin, name=name, spec=given)
    agent_publish(actor=admin, agent=agent)
    agent.refresh_from_db()
    return agent


def test_a_code_agent_answers_a_prompt_with_its_placeholders_filled_in(run_steps, admin):
    run = run_steps(asking(published_agent(admin, ECHO), inputKey="pr"), pr="PR 7")
    assert (run.status, run.error) == ("completed", None)
    assert state_of(run)["said"] == "did: Look at PR 7 {'pr': 'PR 7'}"
    assert AgentRun.objects.get().status == "completed"


def test_a_prompt_agent_answers_without_a_sandbox(run_steps, admin):
    run = run_steps(asking(prompt_agent(admin)), pr="PR 7")
    assert "Look at PR 7" in state_of(run)["said"]
    assert AgentRun.objects.get().sandbox == ""


@pytest.mark.parametrize(("mode", "word"), [("chat", "did: Look"), ("plan", "plan"), ("review", "review")])
def test_the_mode_says_what_sort_of_answer_is_wanted(run_steps, admin, mode, word):
    assert word in state_of(run_steps(asking(published_agent(admin, ECHO), mode=mode), pr="x"))["said"]


def test_without_an_agent_of_its_own_it_takes_the_one_of_the_input(run_steps, admin):
    agent = published_agent(admin, ECHO)
    assert state_of(run_steps(asking(None), pr="x", agent=agent.public_id))["said"].startswith("did")


def test_where_nobody_names_an_agent_the_step_says_so(run_steps):
    assert run_steps(asking(None), pr="x").error["code"] == "agent_not_named"


def test_an_answer_is_read_by_its_schema(run_steps, admin):
    schema = {"type": "object", "properties": {"passed": {"type": "boolean"}}, "required": ["passed"]}
    assert state_of(run_steps(asking(prompt_agent(admin), outputSchema=schema), pr="x"))["said"]["passed"] is True


def test_an_answer_that_does_not_fit_is_asked_for_again(run_steps, admin):
    schema = {"type": "object", "required": ["passed"]}
    agent = published_agent(admin, function("return {'final_response': '{}'}"))
    run = run_steps(asking(agent, outputSchema=schema, retry={"maxAttempts": 2, "initialDelayMs": 0}), pr="x")
    assert (run.error["code"], attempts(run, "ask")) == ("output_mismatch", ["failed"] * 2)
    assert AgentRun.objects.count() == 2


def test_an_agent_that_raises_fails_the_step(run_steps, admin):
    run = run_steps(asking(published_agent(admin, function("raise ValueError('no such PR')"))), pr="x")
    assert run.status == "failed"
    assert "no such PR" in run.error["message"]


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"agent": "agt_nobody", "prompt": "x"}, "agent"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "{{a b}}"}, "prompt"),
        ({"prompt": "x", "mode": "sing"}, "mode"),
    ],
)
def test_what_can_t_be_asked_is_not_published(admin, project, config, path):
    with pytest.raises(DomainError) as raised:
        published_steps(admin, project, in_order(step("ask", "promptAgent", **config)))
    assert [problem.dotted_path for problem in raised.value.problems] == [f"steps.1.config.{path}"]


def reviewing(*roles: str, **config) -> dict:
    return in_order(
        step("review", "dispatchReviewers", prUrl="{{pr}}", reviewerRoles=list(roles), outputKey="reviews", **config)
    )


def reviewer(admin, name: str, *roles: str, code: str = ECHO):
    return published_agent(admin, code, name=name, roles=list(roles))


def test_every_agent_of_a_role_reviews_in_a_fixed_order(run_steps, admin):
    slow = function("import time; time.sleep(0.5); return {'final_response': 'slow'}")
    reviewer(admin, "zoe", "reviewer")
    reviewer(admin, "bob", "reviewer", "Security", code=slow)
    reviewer(admin, "eve", "security")
    reviewer(admin, "nobody", "writer")
    run = run_steps(definition=reviewing("security", "reviewer"), pr="http://pr/7")
    found = state_of(run)["reviews"]
    assert [(one["agent"], one["roles"]) for one in found] == [
        ("bob", ["security", "reviewer"]), ("eve", ["security"]), ("zoe", ["reviewer"])
    ]  # fmt: skip
    assert found[0]["review"] == "slow"
    assert "http://pr/7" in found[1]["review"]
    assert AgentRun.objects.count() == 3


def test_a_role_that_no_agent_has_fails_the_step_by_its_name(run_steps, admin):
    reviewer(admin, "eve", "reviewer")
    run = run_steps(definition=reviewing("reviewer", "security"), pr="x")
    assert (run.error["code"], run.error["details"]) == ("no_reviewers", {"roles": ["security"]})
    assert AgentRun.objects.count() == 0


def test_a_reviewer_that_fails_fails_the_step_and_only_it_is_asked_again(run_steps, admin):
    reviewer(admin, "bad", "reviewer", code=function("raise ValueError('tired')"))
    reviewer(admin, "good", "reviewer")
    run = run_steps(definition=reviewing("reviewer", retry={"maxAttempts": 2, "initialDelayMs": 0}), pr="x")
    assert "bad: " in run.error["message"]
    assert sorted(AgentRun.objects.values_list("agent__name", flat=True)) == ["bad", "bad", "good"]


def test_another_organizations_reviewers_are_not_asked(run_steps):
    stranger = ProjectFactory()
    theirs = Actor(organization_id=stranger.organization_id, label="Eve", roles={None: Role.ORG_ADMIN})
    reviewer(theirs, "eve", "reviewer")
    run = run_steps(definition=reviewing("reviewer"), pr="x")
    assert run.error["code"] == "no_reviewers"


def test_a_run_that_is_carried_out_twice_asks_nobody_twice(admin, project):
    run = carried_out(
        started(admin, published_steps(admin, project, in_order(asking(published_agent(admin, ECHO)))), pr="x")
    )
    assert (carried_out(run).status, AgentRun.objects.count()) == ("completed", 1)
