import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry
from orchestration.errors import AlreadyDecided, AnswerRefused, PipelineInvalid, StepNotWaiting
from orchestration.models import StepRun
from orchestration.services.runs import step_answer
from orchestration.services.stages import gate_decide
from orchestration.stage_runs import PipelineStatus, status_of, waits_of
from orchestration.states import RunStatus
from tests.engine.stages.conftest import GATED, POLISH, WRITE, stage_statuses, steps_by_node, worked
from tests.factories import MembershipFactory, UserFactory


def decided(run, decision, *, actor, node_id="gate-0", comment=""):
    gate_decide(actor=actor, run=run, node_id=node_id, decision=decision, comment=comment)
    return worked(run)


def member(project, role=Role.MEMBER) -> Actor:
    user = MembershipFactory(organization=project.organization, role=role).user
    return Actor(project.organization_id, user_id=user.pk, label=str(user), roles={None: role})


def test_a_gate_pauses_the_run_behind_its_stage(run_of):
    run = run_of(GATED, POLISH)
    assert run.status == RunStatus.PAUSED
    assert stage_statuses(run) == ["awaiting_approval", "pending"]
    assert status_of(run, waits_of([run])[run.pk]) is PipelineStatus.AWAITING_APPROVAL


def test_approving_goes_on_and_keeps_who_and_why(run_of, admin):
    run = decided(run_of(GATED, POLISH), "approve", actor=admin, comment="Reads well.")
    assert run.status == RunStatus.COMPLETED
    assert stage_statuses(run) == ["approved", "completed"]
    assert steps_by_node(run)["gate-0"].output == {
        "decision": "approve", "comment": "Reads well.", "by": "Ada", "timed_out": False,
    }  # fmt: skip
    entry = AuditEntry.objects.get(action="gate.decide")
    assert (entry.after["decision"], entry.after["comment"]) == ("approve", "Reads well.")


def test_skipping_leaves_out_the_next_stage_and_its_gate_and_the_one_behind_gets_the_last_output(run_of, admin):
    middle = {**GATED, "name": "Translate"}
    run = decided(run_of(GATED, middle, POLISH), "skip", actor=admin)
    assert run.status == RunStatus.COMPLETED
    assert stage_statuses(run) == ["completed", "skipped", "completed"]
    steps = steps_by_node(run)
    assert steps["gate-1"].status == "skipped"
    assert "Write: A greeting" in steps["stage-2"].output["output"]


def test_skipping_the_last_stage_completes_the_run(run_of, admin):
    run = decided(run_of(GATED, POLISH), "skip", actor=admin)
    assert (run.status, stage_statuses(run)) == (RunStatus.COMPLETED, ["completed", "skipped"])


def test_stopping_ends_the_run_as_stopped(run_of, admin):
    run = decided(run_of(GATED, POLISH), "stop", actor=admin)
    assert (run.status, run.cancelled_by) == (RunStatus.CANCELLED, "Ada")
    assert status_of(run, []) is PipelineStatus.STOPPED
    assert stage_statuses(run) == ["completed", "pending"]


@pytest.mark.parametrize("decision", ["", "maybe", "retry"])
def test_what_is_not_offered_is_refused_and_the_gate_waits_on(run_of, admin, decision):
    run = run_of(GATED, POLISH)
    with pytest.raises(AnswerRefused, match="approve, skip, stop"):
        gate_decide(actor=admin, run=run, node_id="gate-0", decision=decision)
    assert steps_by_node(run)["gate-0"].status == "waiting"


def test_there_is_nothing_to_skip_behind_the_last_stage(run_of, admin):
    run = run_of(GATED)
    with pytest.raises(AnswerRefused, match=r"approve, stop\."):
        gate_decide(actor=admin, run=run, node_id="gate-0", decision="skip")


def test_whoever_comes_second_is_told_who_decided_what(run_of, admin, project):
    run = run_of(GATED, POLISH)
    gate_decide(actor=admin, run=run, node_id="gate-0", decision="approve", comment="Fine.")
    with pytest.raises(AlreadyDecided, match="Ada decided this already: approve") as caught:
        gate_decide(actor=member(project), run=run, node_id="gate-0", decision="stop")
    assert caught.value.details["comment"] == "Fine."


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_the_other_is_told(run_of, project):
    run = run_of(GATED, POLISH)
    start, outcomes = threading.Barrier(2), {}

    def decide(decision: str, actor: Actor) -> None:
        start.wait()
        try:
            gate_decide(actor=actor, run=run, node_id="gate-0", decision=decision)
            outcomes[decision] = "won"
        except AlreadyDecided as error:
            outcomes[decision] = error.details["decision"]
        finally:
            connections.close_all()

    pairs = [("approve", member(project)), ("skip", member(project))]
    threads = [threading.Thread(target=decide, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(decision for decision, outcome in outcomes.items() if outcome == "won")
    assert sorted(outcomes.values()) == sorted(["won", winner])
    assert steps_by_node(run)["gate-0"].output["decision"] == winner


def test_a_gate_that_was_never_reached_is_not_waiting(run_of, admin):
    run = run_of(WRITE, GATED, POLISH)
    with pytest.raises(StepNotWaiting):
        gate_decide(actor=admin, run=run, node_id="gate-9", decision="approve")


@pytest.mark.parametrize(("default", "expected"), [("approve", "completed"), ("skip", "skipped")])
def test_nobody_in_time_takes_the_default(run_of, default, expected):
    run = run_of({**WRITE, "approvalGate": {"timeoutSeconds": 60, "defaultDecision": default}}, POLISH)
    assert steps_by_node(run)["gate-0"].waiting_for["default_decision"] == default
    StepRun.objects.filter(run=run, node_id="gate-0").update(due_at=timezone.now() - timedelta(seconds=1))
    run = worked(run)
    assert run.status == RunStatus.COMPLETED
    assert stage_statuses(run)[1] == expected
    assert steps_by_node(run)["gate-0"].output["timed_out"] is True


def test_without_another_default_a_run_that_nobody_approves_is_stopped(run_of):
    run = run_of({**WRITE, "approvalGate": {"timeoutSeconds": 60}}, POLISH)
    StepRun.objects.filter(run=run, node_id="gate-0").update(due_at=timezone.now() - timedelta(seconds=1))
    run = worked(run)
    assert (run.status, run.cancelled_by) == (RunStatus.CANCELLED, "the timeout")


def test_only_those_on_the_list_decide(run_of, project, admin):
    chosen = MembershipFactory(organization=project.organization, role=Role.MEMBER).user
    run = run_of({**WRITE, "approvalGate": {"approvers": [chosen.email.upper()]}}, POLISH)
    for other in (admin, member(project)):
        with pytest.raises(NotAllowed, match=chosen.email):
            gate_decide(actor=other, run=run, node_id="gate-0", decision="approve")
    theirs = Actor(project.organization_id, user_id=chosen.pk, label=str(chosen), roles={None: Role.MEMBER})
    assert decided(run, "approve", actor=theirs).status == RunStatus.COMPLETED


def test_a_list_may_hold_ids(run_of, project):
    chosen = MembershipFactory(organization=project.organization, role=Role.MEMBER).user
    run = run_of({**WRITE, "approvalGate": {"approvers": [chosen.public_id]}}, POLISH)
    theirs = Actor(project.organization_id, user_id=chosen.pk, label=str(chosen), roles={None: Role.MEMBER})
    assert decided(run, "approve", actor=theirs).status == RunStatus.COMPLETED


def test_a_role_or_a_higher_one_decides(run_of, project, admin):
    run = run_of({**WRITE, "approvalGate": {"role": "project_admin_owner"}}, POLISH)
    with pytest.raises(NotAllowed, match="Project Admin Owner"):
        gate_decide(actor=member(project), run=run, node_id="gate-0", decision="approve")
    owner = member(project, Role.PROJECT_ADMIN_OWNER)
    assert decided(run, "approve", actor=owner).status == RunStatus.COMPLETED


def test_a_viewer_decides_nothing_even_on_the_list(run_of, project):
    viewer = MembershipFactory(organization=project.organization, role=Role.VIEWER).user
    run = run_of({**WRITE, "approvalGate": {"approvers": [viewer.email]}}, POLISH)
    theirs = Actor(project.organization_id, user_id=viewer.pk, label="V", roles={None: Role.VIEWER})
    with pytest.raises(NotAllowed):
        gate_decide(actor=theirs, run=run, node_id="gate-0", decision="approve")


def test_no_other_way_of_answering_leads_past_the_list(run_of, project, admin):
    chosen = MembershipFactory(organization=project.organization, role=Role.MEMBER).user
    run = run_of({**WRITE, "approvalGate": {"approvers": [chosen.email]}}, POLISH)
    with pytest.raises(NotAllowed):
        step_answer(actor=admin, run=run, node_id="gate-0", output={"decision": "approve"})


def test_an_approver_must_be_a_member(template):
    stranger = UserFactory()
    with pytest.raises(PipelineInvalid) as caught:
        template({**WRITE, "approvalGate": {"approvers": [stranger.email]}}, POLISH)
    assert [problem.dotted_path for problem in caught.value.problems] == ["stages.0.approvalGate.approvers.0"]
