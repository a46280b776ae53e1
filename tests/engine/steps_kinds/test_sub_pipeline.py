"""Pipelines that a step of another one runs."""

import pytest

from orchestration.models import Run, StepRun
from orchestration.services.pipelines import pipeline_publish, pipeline_update
from orchestration.services.runs import run_cancel
from tests.factories import ProjectFactory
from tests.support.step_pipelines import carried_out, in_order, published_steps, started, state_of, step

pytestmark = pytest.mark.django_db(transaction=True)


def calling(pipeline, **config) -> dict:
    return in_order(step("sub", "subPipeline", templateId=pipeline.public_id, outputKey="child", **config))


@pytest.fixture
def child(admin, project):
    """A pipeline whose only step ends it with what it was given."""
    return published_steps(admin, project, in_order(step("e", "terminal", inputKey="order")), name="child")


def test_the_childs_final_state_stands_under_the_output_key(admin, project, child):
    parent = published_steps(admin, project, calling(child, inputs={"order": "{{order}}", "note": "of {{order.id}}"}))
    run = carried_out(started(admin, parent, order={"id": 7}))
    assert run.status == "completed"
    state = state_of(run)["child"]
    assert (state["order"], state["note"]) == ({"id": 7}, "of 7")
    assert state["artifacts"]["e"] == {"order": {"id": 7}}


def test_the_child_knows_the_run_above_it(admin, project, child):
    run = carried_out(started(admin, published_steps(admin, project, calling(child, inputKey="order")), order=1))
    below = Run.objects.get(pipeline=child)
    assert (below.parent_step.run_id, below.depth, below.trigger) == (run.pk, 1, "child")
    assert below.input == {"order": 1}


def test_a_child_that_fails_fails_the_step_with_its_message(admin, project):
    child = published_steps(admin, project, in_order(step("x", script="echo broken >&2; exit 1")), name="child")
    run = carried_out(started(admin, published_steps(admin, project, calling(child))))
    assert (run.status, run.error["code"]) == ("failed", "child_failed")
    assert "broken" in run.error["message"]


def test_a_child_that_failed_is_started_again_as_the_policy_says(admin, project):
    child = published_steps(admin, project, in_order(step("x", "router", condition="nothing")), name="child")
    definition = calling(child, retry={"maxAttempts": 2, "initialDelayMs": 0})
    run = carried_out(started(admin, published_steps(admin, project, definition)))
    assert (run.status, Run.objects.filter(pipeline=child).count()) == ("failed", 2)


def test_a_pipeline_that_would_start_itself_is_refused(admin, project, child):
    pipeline_update(actor=admin, pipeline=child, name="child", definition=calling(child))
    pipeline_publish(actor=admin, pipeline=child)
    child.refresh_from_db()
    run = carried_out(started(admin, child))
    assert (run.status, run.error["code"], Run.objects.count()) == ("failed", "pipeline_calls_itself", 1)


def test_two_pipelines_that_start_each_other_are_refused(admin, project, child):
    other = published_steps(admin, project, calling(child), name="other")
    pipeline_update(actor=admin, pipeline=child, name="child", definition=calling(other))
    pipeline_publish(actor=admin, pipeline=child)
    child.refresh_from_db()
    run = carried_out(started(admin, child))
    assert (run.status, run.error["code"], Run.objects.count()) == ("failed", "child_failed", 2)


def test_a_pipeline_of_another_project_is_not_there(admin, project):
    elsewhere = ProjectFactory(organization=project.organization)
    child = published_steps(admin, elsewhere, in_order(step("e", "terminal")), name="child")
    run = carried_out(started(admin, published_steps(admin, project, calling(child))))
    assert run.error["code"] == "pipeline_not_found"


def test_cancelling_a_run_cancels_what_it_started(admin, project):
    child = published_steps(admin, project, in_order(step("w", "waitForEvent", event="never")), name="child")
    run = carried_out(started(admin, published_steps(admin, project, calling(child))))
    assert run.status == "running"
    run_cancel(actor=admin, run=run)
    assert Run.objects.get(pipeline=child).status == "cancelled"


def test_a_child_that_takes_too_long_fails_the_step(admin, project):
    child = published_steps(admin, project, in_order(step("w", "waitForEvent", event="never")), name="child")
    run = carried_out(started(admin, published_steps(admin, project, calling(child, timeout=1))))
    StepRun.objects.filter(run=run, node_id="sub").update(due_at=run.created_at)
    assert carried_out(run).error["code"] == "step_timeout"


def test_a_final_state_that_no_state_can_hold_fails_the_step_and_says_so(admin, project, child, settings):
    settings.CALLBOARD_STEP_OUTPUT_BYTES = 500
    definition = calling(child, inputs={"order": "x" * 400})
    run = carried_out(started(admin, published_steps(admin, project, definition)))
    assert (run.status, "500 is the most" in run.error["message"]) == ("failed", True)
