import pytest

from console.access import Actor, Role
from orchestration import transitions
from orchestration.events import Event, EventKind
from orchestration.models import Dialect, Run, StepRun
from orchestration.services.orchestration_runs import orchestration_run_start
from orchestration.services.orchestrations import orchestration_create
from orchestration.services.runs import step_answer
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, MembershipFactory, ModelCallFactory, ProjectFactory
from tests.support.answers import text
from tests.support.graphs import ASKING, CHECKED, GATED, carried_out, published, routed, started


def path(run, rest=""):
    return f"/runs/{run.public_id}{rest}"


def statuses(run):
    return {step.node_id: step.status for step in StepRun.objects.filter(run=run).order_by("id")}


# What it shows --------------------------------------------------------------------------------------------------------


def test_it_says_how_far_the_run_is_and_what_it_asks(client, asking):
    page = text(client.get(path(asking)))
    for words in ("Waiting", "1 of 5 steps done", "Is this right?", "Working time", "Waiting time", "Asking"):
        assert words in page


def test_it_says_what_its_calls_of_models_took(client, asking):
    assert "Tokens" not in text(client.get(path(asking)))
    ModelCallFactory(organization=asking.organization, run_id=asking.pk)
    page = text(client.get(path(asking)))
    assert ("Tokens" in page, "1,234" in page, "$0.005" in page) == (True, True, True)


def test_the_graph_shows_where_it_stands(client, asking):
    nodes = {node["id"]: node["tone"] for node in client.get(path(asking)).context["picture"].data["nodes"]}
    assert nodes == {"start": "passed", "ask": "waiting", "check": "queued", "yes": "queued", "no": "queued"}


def test_each_part_is_there(client, asking):
    expected = {
        "timeline": "cb-gantt",
        "state": "artifacts",
        "events": "run.started",
        "input": "Why?",
        "json": "node_id",
    }
    for tab, words in expected.items():
        assert words in text(client.get(path(asking, f"?tab={tab}"))), tab


def test_a_step_shows_what_it_was_given_and_what_it_gave(client, asking):
    page = text(client.get(path(asking, "?step=start")))
    for words in ("Why?", "Output", "Attempts", "Input", "Settings of the step"):
        assert words in page


def test_a_step_shows_what_it_printed_itself_and_not_what_others_did(client, asking):
    for node, line in (("ask", "Kernel <b>6</b>"), ("start", "elsewhere")):
        data = {"node": node, "stream": "stdout", "first": 1, "lines": [line]}
        transitions.tell(asking.pk, Event(EventKind.STEP_LOG, data))
    page = text(client.get(path(asking, "?step=ask")))
    assert ("Kernel &lt;b&gt;6" in page, "elsewhere" in page) == (True, False)


def test_a_step_links_to_the_trace_and_the_log_of_its_agent(client, project, asking):
    run = AgentRunFactory(project=project, run_id=asking.pk, node_id="ask")
    elsewhere = AgentRunFactory(project=project, run_id=asking.pk, node_id="start")
    page = text(client.get(path(asking, "?step=ask")))
    assert (f"/runs/{run.public_id}/log" in page, elsewhere.public_id in page) == (True, False)


def test_an_open_page_is_given_its_parts_only(client, asking):
    part = text(client.get(path(asking), headers={"HX-Request": "true"}))
    assert ("<html" in part, 'id="run-graph"' in part, 'hx-swap-oob="morph"' in part) == (False, True, True)


def test_a_run_that_broke_says_why_and_where(client, admin, project):
    pipeline = published(admin, project, Dialect.NODES, ASKING, "Asking")
    run = started(admin, pipeline, query="x")
    Run.objects.filter(pk=run.pk).update(
        status="failed", error={"code": "step_failed", "message": "No list", "node": "ask"}
    )
    page = text(client.get(path(run)))
    assert ("Run failed" in page, "No list" in page, "?step=ask" in page) == (True, True, True)


def test_a_graph_with_a_circle_is_shown_with_why_it_did_not_run(client, admin, project):
    circle = {
        "nodes": [{"id": name, "type": "transform", "expression": 1} for name in "ab"],
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}],
    }
    pipeline = orchestration_create(actor=admin, project=project, name="Circle", definition=circle)
    run = orchestration_run_start(actor=admin, pipeline=pipeline, run_input={})
    page = text(client.get(path(run)))
    assert ("ORCHESTRATION_CYCLE_DETECTED" in page, "0 of 2 steps done" in page) == (True, True)
    assert client.get(f"/pipelines/{pipeline.public_id}").status_code == 200


def test_the_page_takes_as_many_queries_for_many_steps(client, admin, project, django_assert_max_num_queries):
    nodes = [{"id": f"n{place}", "type": "transform", "expression": 1} for place in range(30)]
    edges = [{"from": f"n{place}", "to": f"n{place + 1}"} for place in range(29)]
    pipeline = published(admin, project, Dialect.NODES, {"nodes": nodes, "edges": edges}, "Long")
    run = started(admin, pipeline)
    with django_assert_max_num_queries(14):
        client.get(path(run))


# Answering ------------------------------------------------------------------------------------------------------------


def test_an_answer_is_given_in_place_and_the_run_goes_on(client, asking):
    answer = client.post(path(asking), {"step": "ask", "input-0": "yes"}, follow=True)
    asking.refresh_from_db()
    assert ("Answered" in text(answer), asking.status) == (True, "completed")
    assert {key: statuses(asking)[key] for key in ("yes", "no")} == {"yes": "completed", "no": "skipped"}


def test_an_answer_that_is_missing_is_asked_for_again(client, asking):
    answer = client.post(path(asking), {"step": "ask", "input-0": ""})
    asking.refresh_from_db()
    assert (answer.status_code, "this is required" in text(answer), asking.status) == (422, True, "paused")


def test_who_answers_second_is_told(client, admin, asking):
    step_answer(actor=admin, run=asking, node_id="ask", output={"approved": "no"})
    answer = client.post(path(asking), {"step": "ask", "input-0": "yes"}, follow=True)
    assert "answered already" in text(answer)
    assert statuses(asking)["no"] == "completed"


@pytest.mark.parametrize(
    ("decision", "words", "expected"),
    [
        ("approve", "approved at Gate after Build", {"stage-1": "completed", "stage-2": "completed"}),
        ("skip", "skipped the next stage", {"stage-1": "skipped", "stage-2": "completed"}),
    ],
)
def test_a_gate_is_decided_in_place_with_a_comment(client, gated, decision, words, expected):
    page = text(client.get(path(gated)))
    assert "Skip leaves out Deploy only; Smoke test still runs" in page
    client.post(path(gated), {"step": "gate-0", "decision": decision, "comment": "Looks good"})
    run = carried_out(gated)
    assert run.status == "completed"
    assert {key: statuses(run)[key] for key in expected} == expected
    after = text(client.get(path(run)))
    for shown in ("Looks good", words, "Handoff from Smoke test"):
        assert shown in after


def test_stopping_at_a_gate_ends_the_run(client, gated):
    client.post(path(gated), {"step": "gate-0", "decision": "stop", "comment": "Not today"})
    gated.refresh_from_db()
    page = text(client.get(path(gated)))
    assert (gated.status, "Not today" in page, "stage-1" in statuses(gated)) == ("cancelled", True, False)


def test_two_people_decide_and_the_second_is_told_who_was_first(client, gated):
    client.post(path(gated), {"step": "gate-0", "decision": "skip"})
    second = client_as(gated.project, Role.MEMBER)
    answer = second.post(path(gated), {"step": "gate-0", "decision": "stop"}, follow=True)
    assert "answered already" in text(answer) or "decided this already" in text(answer)
    assert carried_out(gated).status == "completed"


def test_who_is_not_among_the_approvers_is_refused_and_told_who_may(admin, project):
    routed(admin)
    boss = MembershipFactory(organization=project.organization, user__email="boss@example.com").user
    stages = [{**GATED["stages"][0], "approvalGate": {"approvers": [boss.email]}}, *GATED["stages"][1:]]
    run = started(admin, published(admin, project, Dialect.STAGES, {"stages": stages}, "Deployment"), description="x")
    answer = client_as(project, Role.MEMBER).post(path(run), {"step": "gate-0", "decision": "approve"})
    assert (answer.status_code, "boss@example.com" in text(answer)) == (403, True)
    run.refresh_from_db()
    assert run.status == "paused"


def test_a_question_for_somebody_else_is_not_answered_on_the_page_either(admin, project):
    nodes = [{**node, "approvers": ["boss@example.com"]} if node["id"] == "ask" else node for node in ASKING["nodes"]]
    MembershipFactory(organization=project.organization, user__email="boss@example.com")
    version = published(admin, project, Dialect.NODES, {**ASKING, "nodes": nodes}, "Asking")
    run = started(admin, version, query="x")
    answer = client_as(project, Role.MEMBER).post(path(run), {"step": "ask", "input-0": "yes"})
    assert (answer.status_code, "boss@example.com" in text(answer)) == (403, True)


@pytest.mark.parametrize("data", [{"input-0": "a\0b"}, {"input-0": "yes", "comment": "a\0b"}])
def test_what_the_database_can_not_keep_is_refused(client, asking, data):
    assert client.post(path(asking), {"step": "ask", **data}).status_code == 422
    assert statuses(asking)["ask"] == "waiting"


def test_a_check_that_never_passes_comes_to_a_person_and_its_times_stand_side_by_side(client, admin, project):
    routed(admin)
    run = started(admin, published(admin, project, Dialect.STAGES, CHECKED, "Checked"), description="This must FAIL")
    page = text(client.get(path(run)))
    assert "Accept anyway" in page
    step = text(client.get(path(run, "?step=stage-0")))
    assert ("Time 1 of 2" in step, "Time 2 of 2" in step, "Why it ran again" in step) == (True, True, True)
    client.post(path(run), {"step": "stage-1", "decision": "accept", "comment": "Good enough"})
    assert carried_out(run).status == "completed"


def test_handoffs_are_given_as_markdown(client, gated):
    answer = client.get(path(gated, "/handoffs.md"))
    assert answer["Content-Type"].startswith("text/markdown")
    assert text(answer).startswith("## Build")


# Cancel and rerun -----------------------------------------------------------------------------------------------------


def test_a_run_is_cancelled(client, asking):
    answer = client.post(path(asking, "/cancel"), follow=True)
    asking.refresh_from_db()
    assert (asking.status, "The run is cancelled" in text(answer)) == ("cancelled", True)
    assert "The run is cancelled" not in text(client.post(path(asking, "/cancel"), follow=True))


def test_a_run_is_started_again_from_a_step(client, admin, asking):
    step_answer(actor=admin, run=asking, node_id="ask", output={"approved": "yes"})
    answer = client.post(path(asking, "/rerun"), {"step": "check"}, follow=True)
    made = answer.context["run"]
    assert (made.rerun_of_id, made.rerun_from, made.status) == (asking.pk, "check", "completed")
    page = text(answer)
    assert ("taken over" in page, "Repeats" in page) == (True, True)


def test_a_run_is_started_again_with_the_newest_version(client, admin, asking):
    pipeline = asking.pipeline
    client.post(
        f"/pipelines/{pipeline.public_id}/edit",
        {"name": "Asking", "definition": '{"nodes": [{"id": "one", "type": "transform", "expression": 1}]}',
         "act": "publish"},
    )  # fmt: skip
    same = client.post(path(asking, "/rerun"), follow=True).context["run"]
    newest = client.post(path(asking, "/rerun"), {"newest": "1"}, follow=True).context["run"]
    assert (same.version.number, newest.version.number) == (1, 2)


def test_runs_that_a_step_started_are_linked_both_ways(client, admin, project):
    child = published(admin, project, Dialect.NODES, ASKING, "Child")
    public = child.public_id.replace("pipe_", "orch_")
    parent = {"nodes": [{"id": "sub", "type": "sub_orchestration", "orchestration_id": public,
                         "input_mapping": {"query": "state.query"}}], "edges": []}  # fmt: skip
    run = started(admin, published(admin, project, Dialect.NODES, parent, "Parent"), query="x")
    inner = Run.objects.get(parent_step__run=run)
    assert path(inner) in text(client.get(path(run)))
    assert path(inner) in text(client.get(path(run, "?step=sub")))
    assert path(run) in text(client.get(path(inner)))


# Who may, and how -----------------------------------------------------------------------------------------------------

_ACTS = ("", "/cancel", "/rerun")


def test_a_viewer_looks_and_is_asked_nothing(project, asking):
    client = client_as(project, Role.VIEWER)
    page = text(client.get(path(asking)))
    assert ("Is this right?" in page, "Cancel run" in page, 'name="step"' in page) == (True, False, False)
    assert {client.post(path(asking, act), {"step": "ask"}).status_code for act in _ACTS} == {403}
    assert client.post("/pipeline-runs/act", {"verb": "cancel", "run": [asking.public_id]}).status_code == 403


def test_another_organizations_run_does_not_exist(asking):
    client = client_as(ProjectFactory())
    assert {client.post(path(asking, act)).status_code for act in _ACTS} == {404}
    assert client.get(path(asking)).status_code == 404
    client.post("/pipeline-runs/act", {"verb": "cancel", "run": [asking.public_id]})
    asking.refresh_from_db()
    assert asking.status == "paused"


def test_what_people_wrote_is_escaped(client, admin, project):
    marked = {"name": "<b>x</b>", "prompt": "<i>y</i>"}
    nodes = [{**node, **marked} if node["id"] == "ask" else node for node in ASKING["nodes"]]
    definition = {**ASKING, "nodes": nodes}
    run = started(admin, published(admin, project, Dialect.NODES, definition, "x"), query="<u>z</u>")
    for part in ("", "?step=ask", "?tab=state", "?tab=events", "?tab=input", "?tab=json"):
        page = text(client.get(path(run, part)))
        assert not any(mark in page for mark in ("<b>x", "<i>y", "<u>z")), part


def test_somebody_acting_for_the_platform_may_answer_too(asking):
    step_answer(actor=Actor.platform(asking.organization_id), run=asking, node_id="ask", output={"approved": "yes"})
    asking.refresh_from_db()
    assert asking.status == "completed"
