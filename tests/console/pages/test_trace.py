import json
from datetime import timedelta

import pytest
from django.utils import timezone

from agents.errors import AgentRunFailed, FailureCode
from agents.models import AgentRun, TrajectoryChunk
from console.access import Role
from evaluation.models import Dataset, SeededTask, Verdict
from orchestration import transitions
from orchestration.events import Event, EventKind
from orchestration.graph import Graph, Node
from orchestration.models import Run, Trigger
from orchestration.services.runs import run_start
from orchestration.states import RunStatus
from sandboxes.trajectories.heads import head_of
from sandboxes.trajectories.steps import (
    ExceptionDetail,
    FileDetail,
    HttpDetail,
    LogDetail,
    ShellDetail,
    Step,
    as_json,
)
from tests.console.pages.conftest import client_as
from tests.factories import AgentRunFactory, PipelineVersionFactory, ProjectFactory
from tests.support.answers import text

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"
TABS = ["", "/seed", "/log", "/json", "/verdicts"]
ACTS = ["regrade", "rerun", "cancel"]


@pytest.fixture
def graph():
    config = {"agent_id": "agt_x", "judge_model": "builtin/rules"}
    return Graph(nodes=(Node(id="answer", kind="agent_field", name="Answer", config=config),))


@pytest.fixture
def pipeline_run(project, graph):
    version = PipelineVersionFactory(pipeline__project=project, graph=graph.model_dump(mode="json"))
    return Run.objects.create(
        organization=project.organization, project=project, pipeline=version.pipeline, version=version,
        status=RunStatus.COMPLETED, trigger=Trigger.MANUAL, input={"user_instruction": "Say hello"},
    )  # fmt: skip


@pytest.fixture
def traced(project, pipeline_run):
    """Make a run of an agent with steps; what is given is set on its row."""

    def make(*steps, **fields) -> AgentRun:
        made = AgentRunFactory(
            project=project, run_id=pipeline_run.pk, attempt=1, step_count=len(steps),
            phases=[{"name": "turns", "started_at": timezone.now().isoformat(), "duration_ms": 2400}], **fields,
        )  # fmt: skip
        for first in range(0, len(steps), 200):
            put_steps(made, first, steps[first : first + 200])
        return made

    return make


def put_steps(run, first, steps):
    TrajectoryChunk.objects.create(
        agent_run_id=run.pk, attempt=1, first_step=first, organization_id=run.organization_id,
        steps=json.dumps([as_json(step) for step in steps]), heads=json.dumps([head_of(step) for step in steps]),
        created_at=timezone.now(),
    )  # fmt: skip


def verdict_on(run, number=1, **fields) -> Verdict:
    fields = {"verdict": "PASS", "reasoning": "All is well.", "model": "builtin/rules", "is_rules": True, **fields}
    return Verdict.objects.create(organization=run.organization, agent_run=run, number=number, **fields)


def url(run, part=""):
    return f"/runs/{run.public_id}{part}"


def log(run, *lines, first=1):
    data = {"agent_run": run.public_id, "stream": "stdout", "first": first, "lines": list(lines)}
    transitions.append(run.run_id, [Event(EventKind.AGENT_LOG, data)])


STEPS = (
    Step(0, "Wrote /home/user/notes.txt", FileDetail("write", "/home/user/notes.txt", size=96, text="task: hello"), 10),
    Step(1, "uname -a", ShellDetail(["uname", "-a"], "/home/user/agent", 0, "Linux 6"), 20, 188, is_ok=True),
    Step(2, "GET http://rates.example", HttpDetail("GET", "http://rates.example", 503), 300, 90, is_ok=False),
    Step(3, "using a cached rate", LogDetail("stdout", "using a cached rate"), 400),
    Step(4, "ValueError", ExceptionDetail("ValueError", "no rate", "Traceback: line 3"), 500, is_ok=False),
)


# What it shows -------------------------------------------------------------------------------------------------------


def test_a_trace_shows_what_the_agent_did_answered_and_was_thought_of(client, traced):
    run = traced(*STEPS, verdict="PASS", judge="builtin/rules", latency_ms=4600, sandbox="bubblewrap")
    items = [{"name": "Gives an answer", "origin": "program", "passed": True, "evidence": "5 characters."}]
    verdict_on(run, items=items)
    page = text(client.get(url(run)))
    for words in (
        "Agent Trace", "Final response", "Hello", "Judge verdict by", "Gives an answer", "no model", "Trajectory",
        "Shell", "File", "HTTP", "Log", "Exception", "uname -a", "Linux 6", "exit 0", "using a cached rate", "no rate",
        "bubblewrap", "4.6 s", run.agent.name, "Re-grade", "Rerun",
    ):  # fmt: skip
        assert words in page


@pytest.mark.parametrize("tab", TABS)
def test_each_part_of_a_run_can_be_opened(client, traced, tab):
    run = traced(*STEPS, verdict="PASS")
    verdict_on(run)
    answer = client.get(url(run, tab))
    assert (answer.status_code, "Say hello" in text(answer)) == (200, True)


@pytest.mark.parametrize("tab", TABS)
def test_what_an_agent_wrote_is_text_and_nothing_else(client, traced, tab):
    exception = {"type": HOSTILE, "message": HOSTILE, "traceback": HOSTILE}
    shell = ShellDetail([HOSTILE], HOSTILE, 3, HOSTILE, HOSTILE)
    steps = [
        Step(0, HOSTILE, shell, 1, is_ok=False), Step(1, HOSTILE, FileDetail("write", HOSTILE, text=HOSTILE), 2),
        Step(2, HOSTILE, LogDetail(HOSTILE, HOSTILE), 3), Step(3, HOSTILE, HttpDetail(HOSTILE, HOSTILE), 4),
    ]  # fmt: skip
    run = traced(*steps, title=HOSTILE, final_response=HOSTILE, exception=exception, task_input={HOSTILE: HOSTILE})
    verdict_on(
        run, reasoning=HOSTILE, items=[{"name": HOSTILE, "origin": "judge", "passed": None, "evidence": HOSTILE}]
    )
    log(run, HOSTILE)
    page = text(client.get(url(run, tab)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_log_shows_colours_and_hides_other_commands_to_a_terminal(client, traced):
    run = traced(log_lines=2)
    log(run, "\x1b[31mred\x1b[0m", "\x1b]0;title\x07plain")
    page = text(client.get(url(run, "/log")))
    assert 'class="cb-ansi-red"' in page
    assert "title\x07" not in page


def test_a_long_log_is_shown_from_its_end_and_read_back_piece_by_piece(client, traced):
    run = traced()
    for number in range(30):
        log(run, *(f"line {number * 100 + at + 1}." for at in range(100)), first=number * 100 + 1)
    page = text(client.get(url(run, "/log")))
    assert ("line 3000." in page, "line 2001." in page, "line 2000." in page) == (True, True, False)
    older = text(client.get(url(run, "/log/older?before=21")))
    assert ("line 2000." in older, "line 1001." in older, "before=11" in older) == (True, True, True)
    assert "before=" not in text(client.get(url(run, "/log/older?before=11")))


def test_another_agents_lines_are_not_in_the_log(client, traced):
    run = traced()
    log(run, "mine")
    log(traced(), f'not mine, though it says "agent_run":"{run.public_id}"')
    page = text(client.get(url(run, "/log")))
    assert ("mine" in page, "not mine" in page) == (True, False)


def test_the_frozen_seed_is_what_the_row_was_seeded_with(client, traced, pipeline_run):
    run = traced()
    dataset = Dataset.objects.create(
        organization=run.organization, project=run.project, pipeline=pipeline_run.pipeline,
        version=pipeline_run.version, agent_version=run.version, name="invoices-nov.csv", trigger="csv", file="x",
        total_rows=1,
    )  # fmt: skip
    task = SeededTask.objects.create(
        organization=run.organization, project=run.project, dataset=dataset, pipeline=pipeline_run.pipeline, row=91,
        title="x", seed={"expected_outcome": "refusal"}, run=pipeline_run, agent_run=run,
    )  # fmt: skip
    AgentRun.objects.filter(pk=run.pk).update(task_id=task.pk)
    page = text(client.get(url(run, "/seed")))
    for words in ("invoices-nov.csv", "row 91", "expected_outcome", "refusal"):
        assert words in page


def test_raw_json_is_what_the_api_gives(client, traced):
    run = traced(*STEPS)
    page = text(client.get(url(run, "/json")))
    assert f"/api/agent-runs/{run.public_id}/trajectory" in page
    for key in client.get(f"/api/agent-runs/{run.public_id}").json():
        assert f"&quot;{key}&quot;" in page
    assert client.get(f"/api/agent-runs/{run.public_id}/trajectory").json()["schema_version"].startswith("ATIF")


# When it went wrong --------------------------------------------------------------------------------------------------


def test_a_run_with_no_judge_says_why_it_failed_and_where_to_set_one(client, traced, pipeline_run):
    error = AgentRunFailed(FailureCode.AGENT_MODEL_UNRESOLVED).as_json()
    run = traced(status="failed", error=error, error_code=error["code"], cause=error["cause"], final_response=None)
    page = text(client.get(url(run)))
    for words in ("Run failed", "agent_model_unresolved", "No judge model is resolvable", "Models popover",
                  f'href="/pipelines/{pipeline_run.pipeline.public_id}/edit"', 'href="/settings/models"'):  # fmt: skip
        assert words in page
    assert "is not graded" in page


def test_who_may_not_set_a_judge_is_told_who_may(project, traced):
    run = traced(status="failed", error={"code": "agent_model_unresolved"}, error_code="agent_model_unresolved")
    page = text(client_as(project, Role.VIEWER).get(url(run)))
    assert ("An Org Admin sets the default" in page, 'href="/settings/models"' in page) == (True, False)


def test_an_empty_trajectory_says_what_is_captured_and_what_to_do(client, traced):
    page = text(client.get(url(traced())))
    for words in ("The trajectory is empty", "best-effort", "subprocess", "at least one real file, process or network"):
        assert words in page


def test_a_plain_run_says_why_there_is_no_diff(client, traced):
    page = text(client.get(url(traced(*STEPS))))
    for words in ("No diff and no scorer badges", "plain sandbox runs have no workspace", "coding tasks"):
        assert words in page


def test_an_exception_of_the_agent_is_its_result_with_its_traceback(client, traced):
    exception = {"type": "ZeroDivisionError", "message": "division by zero", "traceback": "line 17, in run"}
    page = text(client.get(url(traced(exception=exception, final_response=None))))
    for words in ("ZeroDivisionError", "division by zero", "line 17, in run", "is graded"):
        assert words in page


def test_ungraded_says_why_and_can_be_graded_again(client, traced):
    run = traced(verdict="UNGRADED")
    verdict_on(run, verdict="UNGRADED", ungraded_reason="The judge’s answer could not be read.", is_rules=False)
    page = text(client.get(url(run)))
    for words in ("Ungraded", "could not be read", "not a fail", f'action="/runs/{run.public_id}/regrade"'):
        assert words in page


def test_earlier_verdicts_are_kept_and_can_be_read(client, traced):
    run = traced(verdict="PASS")
    verdict_on(run, 1, verdict="FAIL", reasoning="Too short.")
    verdict_on(run, 2)
    assert "1 earlier verdict" in text(client.get(url(run)))
    page = text(client.get(url(run, "/verdicts")))
    assert ("Too short." in page, "All is well." in page) == (True, True)


# Long trajectories ---------------------------------------------------------------------------------------------------


def test_thousands_of_steps_come_in_pages_and_what_is_long_when_it_is_opened(client, traced):
    long = "x" * 2000
    steps = [Step(n, f"echo {n}", ShellDetail(["echo", str(n)], stdout=long), n) for n in range(450)]
    run = traced(*steps)
    page = text(client.get(url(run)))
    assert (page.count('class="cb-step"'), long in page) == (200, False)
    assert f"/runs/{run.public_id}/steps?from=200" in page
    assert text(client.get(url(run, "/steps?from=400"))).count('class="cb-step"') == 50
    assert long in text(client.get(url(run, "/steps/449")))
    assert client.get(url(run, "/steps/450")).status_code == 404


def test_steps_of_one_kind_can_be_looked_at_alone(client, traced):
    page = text(client.get(url(traced(*STEPS), "?kind=shell")))
    assert (page.count('class="cb-step"'), "uname -a" in page) == (1, True)


def test_a_trace_takes_as_many_queries_for_many_steps_and_verdicts_as_for_one(
    client, traced, django_assert_max_num_queries
):
    run = traced(*(Step(n, "x", LogDetail("stdout", "x"), n) for n in range(1500)))
    for number in range(1, 6):
        verdict_on(run, number)
    client.get(url(run))
    # Session, user, memberships, projects, names; the run, its pipeline's, the task, verdicts and steps.
    with django_assert_max_num_queries(10):
        client.get(url(run))


# While it runs -------------------------------------------------------------------------------------------------------


def test_an_open_page_is_told_where_to_go_on(client, traced):
    run = traced(status="running", phase="turns", final_response=None)
    log(run, "one")
    page = text(client.get(url(run)))
    assert f'data-live-run="{run.public_id}"' in page
    assert 'data-live-seq="1"' in page
    assert "one" in page
    assert "The agent is at work" in page


def test_an_open_page_asks_for_its_parts_and_gets_them_to_be_put_in_place(client, traced):
    run = traced(*STEPS, verdict="PASS")
    part = text(client.get(url(run), headers={"HX-Request": "true"}))
    assert "<html" not in part
    for name in ("run-head", "run-facts", "run-tabs", "run-body", "run-rail"):
        assert f'id="{name}"' in part
    assert part.count("hx-swap-oob=") == part.count("data-live-part")
    assert "<title>Pass · Say hello" in " ".join(part.split())


def test_a_phase_that_still_lasts_takes_its_share_of_the_bar(client, traced):
    since = (timezone.now() - timedelta(seconds=30)).isoformat()
    run = traced(status="running", phase="turns")
    phases = [{"name": "boot", "started_at": since, "duration_ms": 10}, {"name": "turns", "started_at": since}]
    AgentRun.objects.filter(pk=run.pk).update(phases=phases)
    page = text(client.get(url(run)))
    assert 'width="98.8%"' in page


# What can be done ----------------------------------------------------------------------------------------------------


def test_a_run_is_graded_again(client, traced):
    run = traced(verdict="PASS")
    answer = client.post(url(run, "/regrade"))
    run.refresh_from_db()
    assert (answer.status_code, answer.url, bool(run.regrade_by)) == (303, url(run), True)
    assert "Being graded again" in text(client.get(url(run)))


def test_a_run_without_a_result_is_not_graded_and_the_page_says_why(client, traced):
    run = traced(status="failed")
    assert "has a result to grade" in text(client.post(url(run, "/regrade"), follow=True))


def test_a_run_is_run_again(client, traced):
    run = traced()
    answer = client.post(url(run, "/rerun"))
    made = AgentRun.objects.exclude(pk=run.pk).get()
    assert (answer.status_code, answer.url, made.status) == (303, url(made), "queued")


def test_a_run_is_cancelled_after_one_question(client, traced, pipeline_run):
    Run.objects.filter(pk=pipeline_run.pk).update(status=RunStatus.RUNNING)
    run = traced(status="running", final_response=None)
    assert 'data-dialog="cancel-run"' in text(client.get(url(run)))
    answer = client.post(url(run, "/cancel"))
    run.refresh_from_db()
    assert (answer.status_code, run.status) == (303, "cancelled")
    assert "Stopped by" in text(client.get(url(run)))


def test_cancelling_what_has_ended_says_so(client, traced):
    assert "already ended" in text(client.post(url(traced(), "/cancel"), follow=True))


# Runs of pipelines ---------------------------------------------------------------------------------------------------


def test_a_pipeline_run_with_one_agent_run_leads_to_its_trace(client, traced, pipeline_run):
    run = traced()
    answer = client.get(f"/runs/{pipeline_run.public_id}")
    assert (answer.status_code, answer.url) == (302, url(run))


@pytest.fixture
def two_steps(admin, project):
    nodes = (Node(id="one", kind="note", name="First"), Node(id="two", kind="note", name="Second"))
    graph = Graph(nodes=nodes, edges=[{"source": "one", "target": "two"}])
    version = PipelineVersionFactory(pipeline__project=project, graph=graph.model_dump(mode="json"))
    return run_start(actor=admin, version=version, run_input={}, title="Two notes")


def test_a_pipeline_run_of_several_steps_shows_them(client, two_steps):
    page = text(client.get(f"/runs/{two_steps.public_id}"))
    for words in ("Two notes", "First", "Second", "Queued", f'data-live-run="{two_steps.public_id}"'):
        assert words in page
    part = text(client.get(f"/runs/{two_steps.public_id}", headers={"HX-Request": "true"}))
    assert ("<html" in part, 'hx-swap-oob="morph"' in part) == (False, True)


def test_a_pipeline_run_is_run_again_from_a_step(client, two_steps):
    transitions.cancel(two_steps.pk, by="Ada")
    assert "Rerun from here" in text(client.get(f"/runs/{two_steps.public_id}"))
    answer = client.post(f"/runs/{two_steps.public_id}/rerun-from", {"step": "two"})
    made = Run.objects.exclude(pk=two_steps.pk).get()
    assert (answer.status_code, answer.url, made.rerun_from) == (303, f"/runs/{made.public_id}", "two")


# Who may -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [*TABS, "/steps", "/steps/0", "/log/older"])
def test_pages_of_a_run_are_only_read(client, traced, part):
    assert client.post(url(traced(*STEPS), part)).status_code == 405


@pytest.mark.parametrize("act", ACTS)
def test_acts_take_a_post(client, traced, act):
    assert client.get(url(traced(), f"/{act}")).status_code == 405


@pytest.mark.parametrize("part", [*TABS, "/steps", "/steps/0", "/log/older"])
def test_another_organizations_run_does_not_exist(traced, part):
    stranger = client_as(ProjectFactory())
    assert stranger.get(url(traced(*STEPS), part)).status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_another_organizations_run_can_not_be_touched(traced, act):
    assert client_as(ProjectFactory()).post(url(traced(), f"/{act}")).status_code == 404


def test_another_organizations_pipeline_run_does_not_exist(two_steps):
    stranger = client_as(ProjectFactory())
    assert stranger.get(f"/runs/{two_steps.public_id}").status_code == 404
    assert stranger.post(f"/runs/{two_steps.public_id}/rerun-from", {"step": "two"}).status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_viewer_reads_and_does_nothing_else(project, traced, act):
    viewer, run = client_as(project, Role.VIEWER), traced(*STEPS)
    page = text(viewer.get(url(run)))
    assert (viewer.post(url(run, f"/{act}")).status_code, "Re-grade" in page, "Rerun" in page) == (403, False, False)


def test_links_to_agents_are_left_out_for_who_may_not_see_them(project, traced):
    run = traced()
    assert f"/agents/{run.agent.public_id}" not in text(client_as(project, Role.MEMBER).get(url(run)))
