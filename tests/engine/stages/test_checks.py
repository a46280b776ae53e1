import pytest

from orchestration.errors import AlreadyDecided, AnswerRefused
from orchestration.models import StepRun
from orchestration.services.stages import gate_decide
from orchestration.states import RunStatus
from tests.engine.stages.conftest import (
    CHECK,
    GATED,
    POLISH,
    WRITE,
    stage_statuses,
    stages,
    steps_by_node,
    worked,
)
from tests.support.model_server import ModelServer, answers, says

PASSED = {"passed": True, "issues": [], "feedback": "Good.", "confidence": "high"}
NOT_PASSED = {"passed": False, "issues": ["Too long"], "feedback": "Be brief.", "confidence": "medium"}


@pytest.fixture
def reviewer(model_of) -> ModelServer:
    """A model of our own that checks; builtin/rules does the other work."""
    return model_of("review")


def says_each(server: ModelServer, *verdicts) -> None:
    server.script([answers(verdict) for verdict in verdicts])


def generations(run, node_id: str) -> list[int]:
    steps = StepRun.objects.filter(run=run, node_id=node_id).order_by("pk")
    return [step.generation for step in steps]


def test_work_that_passes_goes_on(run_of, reviewer):
    says_each(reviewer, PASSED)
    run = run_of(WRITE, CHECK, POLISH)
    assert (run.status, stage_statuses(run)) == (RunStatus.COMPLETED, ["completed"] * 3)
    assert steps_by_node(run)["stage-1"].output["passed"] is True


def test_work_that_does_not_pass_is_done_again_with_the_issues(run_of, reviewer):
    says_each(reviewer, NOT_PASSED, PASSED)
    run = run_of(WRITE, CHECK, POLISH)
    assert run.status == RunStatus.COMPLETED
    assert generations(run, "stage-0") == [0, 1]
    step = StepRun.objects.get(run=run, node_id="stage-1", generation=0)
    assert (step.output["passed"], step.rewind["to"]) == (False, "stage-0")
    assert step.rewind["feedback"]["issues"] == ["Too long"]
    assert step.rewind["feedback"]["feedback"] == "Be brief."


def test_every_time_through_stays_readable(run_of, reviewer):
    says_each(reviewer, NOT_PASSED, PASSED)
    write, check, _ = stages(run_of(WRITE, CHECK, POLISH))
    assert [tried.generation for tried in write.tries] == [0, 1]
    assert [tried.output["passed"] for tried in check.tries] == [False, True]


def test_the_stages_between_run_again_too(run_of, reviewer):
    says_each(reviewer, NOT_PASSED, PASSED)
    run = run_of(WRITE, POLISH, {**CHECK, "retryTargetStage": 0})
    assert [generations(run, node) for node in ("stage-0", "stage-1", "stage-2")] == [[0, 1]] * 3


def test_a_stage_before_the_target_is_left_alone(run_of, reviewer):
    says_each(reviewer, NOT_PASSED, PASSED)
    run = run_of(WRITE, POLISH, CHECK)
    assert generations(run, "stage-0") == [0]
    assert generations(run, "stage-1") == [0, 1]


def test_the_failed_attempts_handoff_is_replaced(run_of, model_of):
    handoff = {"decisions": [], "artifacts": [], "openQuestions": []}
    server = model_of("writing", "review")
    server.script([
        answers({"output": "A first text", "handoff": {**handoff, "summary": "First summary."}}),
        answers(NOT_PASSED),
        answers({"output": "A second text", "handoff": {**handoff, "summary": "Second summary."}}),
        answers(PASSED),
        answers({"output": "Polished", "handoff": {**handoff, "summary": "Polished."}}),
    ])  # fmt: skip
    run = run_of(WRITE, CHECK, POLISH)
    again, last = server.requests[2].prompt, server.requests[4].prompt
    assert run.status == RunStatus.COMPLETED
    for part in ("Too long", "Be brief.", "A first text", "Write: A greeting"):
        assert part in again
    assert "Second summary." in last
    assert "First summary." not in last


@pytest.mark.parametrize("most", [1, 2])
def test_after_the_retries_a_person_decides(run_of, reviewer, most):
    says_each(reviewer, *[NOT_PASSED] * (most + 1))
    run = run_of(WRITE, {**CHECK, "maxRetries": most}, POLISH)
    assert run.status == RunStatus.PAUSED
    assert generations(run, "stage-0") == list(range(most + 1))
    waiting = steps_by_node(run)["stage-1"].waiting_for
    assert (waiting["type"], waiting["options"]) == ("qa_escalation", ["retry", "accept", "stop"])
    assert (waiting["retries"], waiting["issues"]) == (most, ["Too long"])
    assert stage_statuses(run) == ["completed", "awaiting_approval", "pending"]


@pytest.fixture
def escalated(run_of, reviewer):
    says_each(reviewer, NOT_PASSED, NOT_PASSED)
    return run_of(WRITE, {**CHECK, "maxRetries": 1}, POLISH)


def test_accepting_goes_on_with_what_there_is(escalated, admin):
    gate_decide(actor=admin, run=escalated, node_id="stage-1", decision="accept", comment="Good enough.")
    run = worked(escalated)
    assert run.status == RunStatus.COMPLETED
    output = steps_by_node(run)["stage-1"].output
    assert (output["passed"], output["decided"]["by"]) == (False, "Ada")
    assert output["decided"]["comment"] == "Good enough."


def test_a_person_may_have_it_tried_once_more(escalated, reviewer, admin):
    says_each(reviewer, PASSED)
    gate_decide(actor=admin, run=escalated, node_id="stage-1", decision="retry", comment="Half as long.")
    run = worked(escalated)
    assert run.status == RunStatus.COMPLETED
    assert generations(run, "stage-0") == [0, 1, 2]
    sent = StepRun.objects.get(run=run, node_id="stage-1", generation=1).rewind["feedback"]
    assert (sent["comment"], sent["issues"]) == ("Half as long.", ["Too long"])


def test_what_still_does_not_pass_comes_back_to_the_person(escalated, reviewer, admin):
    says_each(reviewer, NOT_PASSED)
    gate_decide(actor=admin, run=escalated, node_id="stage-1", decision="retry")
    run = worked(escalated)
    assert run.status == RunStatus.PAUSED
    assert steps_by_node(run)["stage-1"].waiting_for["retries"] == 2


def test_stopping_ends_the_run(escalated, admin):
    gate_decide(actor=admin, run=escalated, node_id="stage-1", decision="stop")
    run = worked(escalated)
    assert (run.status, run.cancelled_by) == (RunStatus.CANCELLED, "Ada")


def test_a_decision_of_gates_is_none_about_a_check(escalated, admin):
    with pytest.raises(AnswerRefused, match="retry, accept, stop"):
        gate_decide(actor=admin, run=escalated, node_id="stage-1", decision="approve")


def test_the_second_decision_about_a_check_is_told_of_the_first(escalated, admin):
    gate_decide(actor=admin, run=escalated, node_id="stage-1", decision="accept")
    with pytest.raises(AlreadyDecided, match="Ada decided this already: accept"):
        gate_decide(actor=admin, run=escalated, node_id="stage-1", decision="stop")


@pytest.mark.parametrize("text", ["PASS WITH NOTES", "Overall status: Pass with notes"])
def test_a_pass_with_notes_is_not_a_pass(run_of, reviewer, text):
    reviewer.script([says(text), says(text), answers(PASSED)])
    run = run_of(WRITE, CHECK)
    assert generations(run, "stage-0") == [0, 1]
    assert run.status == RunStatus.COMPLETED


def test_a_pass_with_issues_is_sent_back(run_of, reviewer):
    says_each(reviewer, {**PASSED, "issues": ["One more thing"]}, PASSED)
    assert generations(run_of(WRITE, CHECK), "stage-0") == [0, 1]


def test_no_readable_verdict_is_never_a_pass(run_of, reviewer):
    reviewer.script([says("I rather like it.")] * 4)
    run = run_of(WRITE, {**CHECK, "retry": {"max_attempts": 1}}, POLISH)
    assert run.status == RunStatus.FAILED
    assert run.error["code"] == "qa_verdict_unreadable"
    assert len(reviewer.requests) == 2  # asked, and asked once more


def test_two_checks_count_their_retries_apart(run_of, reviewer):
    says_each(reviewer, NOT_PASSED, PASSED, NOT_PASSED, PASSED, PASSED)
    run = run_of(WRITE, {**CHECK, "maxRetries": 1}, {**CHECK, "name": "Check again", "maxRetries": 1})
    assert run.status == RunStatus.COMPLETED
    assert generations(run, "stage-0") == [0, 1, 2]


def test_where_a_gate_left_the_target_out_the_last_stage_that_worked_is_done_again(run_of, reviewer, admin):
    says_each(reviewer, NOT_PASSED, PASSED)
    run = run_of(GATED, POLISH, CHECK)
    gate_decide(actor=admin, run=run, node_id="gate-0", decision="skip")
    run = worked(run)
    assert run.status == RunStatus.PAUSED  # the gate behind what was done again asks again
    gate_decide(actor=admin, run=run, node_id="gate-0", decision="skip")
    run = worked(run)
    assert run.status == RunStatus.COMPLETED
    assert generations(run, "stage-0") == [0, 1]


def test_rules_check_too_so_that_the_loop_can_be_tried_offline(run_of):
    run = run_of(WRITE, {**CHECK, "maxRetries": 1}, description="This must FAIL")
    assert run.status == RunStatus.PAUSED
