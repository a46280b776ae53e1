import pytest

from agents.models import ModelCall, ModelEndpoint, TopicRoute
from orchestration.errors import PipelineInvalid, RunInputInvalid
from orchestration.services.stages import TemplateWords as Words
from orchestration.services.stages import stages_start, template_copy, template_update
from orchestration.stage_runs import handoffs_in
from orchestration.states import RunStatus
from tests.engine.stages.conftest import POLISH, WRITE, stage_statuses, stages, steps_by_node, worked
from tests.support.agents import function, published_agent
from tests.support.model_server import ModelServer, answers, says

HANDOFF = {
    "summary": "Wrote a greeting.",
    "decisions": [{"decision": "Keep it short", "rationale": "It is a greeting"}],
    "artifacts": [{"path": "greeting.txt", "description": "the text"}],
    "openQuestions": ["In which language?"],
}


@pytest.fixture
def model(model_of) -> ModelServer:
    """A model of our own that the topic of writing is routed to."""
    return model_of("writing")


def test_stages_run_one_after_another_and_offline(run_of):
    run = run_of(WRITE, POLISH)
    assert run.status == RunStatus.COMPLETED
    assert stage_statuses(run) == ["completed", "completed"]
    output = steps_by_node(run)["stage-1"].output
    assert "builtin/rules" in output["output"]
    assert output["by"]["is_rules"] is True


def test_each_stage_is_told_what_the_one_before_has_left(run_of, model):
    model.script([
        answers({"output": "Hello there", "handoff": HANDOFF}), answers({"output": "Hello!", "handoff": HANDOFF}),
    ])  # fmt: skip
    run = run_of(WRITE, POLISH)
    told = model.requests[1].prompt
    for part in ("Polish: Hello there", "A greeting", "Keep it short", "greeting.txt", "In which language?"):
        assert part in told
    assert [entry.handoff.as_json() for entry in handoffs_in(stages(run))] == [HANDOFF, HANDOFF]


def test_a_stage_asks_the_model_of_its_topic_and_keeps_what_it_took(run_of, model):
    model.script([answers({"output": "Hello", "handoff": HANDOFF})])
    run_of(WRITE)
    call = ModelCall.objects.get()
    assert call.endpoint == ModelEndpoint.objects.get()
    assert (call.run_id is not None, call.input_tokens) == (True, 100)


def test_an_answer_without_the_shape_is_the_result_as_it_is(run_of, model):
    model.script([says("Just a text."), says("Still just a text.")])
    run = run_of(WRITE)
    output = steps_by_node(run)["stage-0"].output
    assert output["output"] == "Still just a text."
    assert output["handoff"]["summary"] == "Still just a text."


def test_a_topic_that_leads_nowhere_fails_the_run_with_the_reason(run_of, project):
    TopicRoute.objects.create(organization=project.organization, topic="writing", model="gone")
    run = run_of(WRITE)
    assert run.status == RunStatus.FAILED
    assert run.error["code"] == "agent_model_unresolved"


def test_parameters_are_filled_in_and_checked(template, admin):
    pipeline = template(
        {**WRITE, "prompt": "In {{param.tone}} words: {{description}}"},
        parameters=[{"key": "tone", "requirement": "required"}],
    )
    with pytest.raises(RunInputInvalid, match="can't start without"):
        stages_start(actor=admin, pipeline=pipeline, description="A greeting")
    run = worked(stages_start(actor=admin, pipeline=pipeline, description="A greeting", params={"tone": "warm"}))
    assert "In warm words: A greeting" in steps_by_node(run)["stage-0"].output["output"]


def test_a_run_started_without_a_parameter_fails_by_its_name(template, admin):
    from orchestration.services.runs import latest_version, run_start  # noqa: PLC0415  # past the check, as children are

    pipeline = template({**WRITE, "prompt": "{{param.tone}}"}, parameters=[{"key": "tone"}])
    run = worked(run_start(actor=admin, version=latest_version(pipeline), run_input={"description": "x"}))
    assert run.error["code"] == "placeholder_unresolved"
    assert "param.tone" in run.error["message"]


def test_an_agent_that_is_not_there_keeps_a_template_from_being_published(template):
    with pytest.raises(PipelineInvalid) as caught:
        template({**WRITE, "agent": "agt_01K9X4Z7QD8M3V5T2B6N8C1F0A"})
    assert [problem.dotted_path for problem in caught.value.problems] == ["stages.0.agent"]


def test_a_change_makes_a_version_and_no_change_makes_none(template, admin):
    pipeline = template(WRITE)
    words = Words(pipeline.name)
    same = template_update(actor=admin, pipeline=pipeline, words=words, definition={"stages": [WRITE]})
    assert same.latest.number == 1
    changed = template_update(actor=admin, pipeline=same, words=words, definition={"stages": [WRITE, POLISH]})
    assert changed.latest.number == 2


def test_copies_find_names_of_their_own(template, admin):
    pipeline = template(WRITE, name="Letters")
    names = [template_copy(actor=admin, pipeline=pipeline).name for _ in range(3)]
    assert names == ["Copy of Letters", "Copy of Letters 2", "Copy of Letters 3"]


def test_an_agent_may_be_named_instead_of_a_topic(template, admin):
    agent = published_agent(admin)
    graph = template({**WRITE, "agent": agent.public_id}).latest.graph
    assert graph["nodes"][0]["config"]["agent"] == agent.public_id


def test_an_agent_does_a_stage_in_its_sandbox(run_of, admin):
    code = function("return 'Heard: ' + task_input['user_instruction']")
    agent = published_agent(admin, code, name="writer")
    run = run_of({**WRITE, "agent": agent.public_id}, POLISH)
    assert run.status == RunStatus.COMPLETED, run.error
    output = steps_by_node(run)["stage-0"].output
    assert output["output"].startswith("Heard: Write: A greeting")
    assert output["by"]["agent"] == agent.public_id
