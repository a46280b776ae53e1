import json
import threading

import pytest
from django.db import connection
from django.utils import timezone

from agents.llm.catalogue import BUILTIN_RULES, RULES, resolve_model
from agents.models import AgentRun, AgentRunStatus
from agents.services.models import defaults_set
from agents.services.progress import Superseded
from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry
from evaluation.errors import JudgeUnresolved, NotGradable
from evaluation.evidence import Evidence
from evaluation.field import parse_field
from evaluation.models import Verdict
from evaluation.services.verdicts import grade, grade_run, regrade
from orchestration.models import Run, RunEvent, Trigger
from orchestration.states import RunStatus
from tests.factories import AgentRunFactory, PipelineVersionFactory
from tests.support.model_server import answers

_PUT_STEPS = """
INSERT INTO agents_trajectorychunk (agent_run_id, attempt, first_step, organization_id, steps, created_at)
VALUES (%s, %s, %s, %s, %s, %s)
"""


@pytest.fixture
def agent_run(project) -> AgentRun:
    """A finished run of a field whose rubric and criteria were published."""
    node = {"id": "answer", "kind": "agent_field", "config": {
        "rubric": "Is polite", "criteria": [{"type": "contains", "value": "Hello"}],
    }}  # fmt: skip
    version = PipelineVersionFactory(pipeline__project=project, graph={"nodes": [node]})
    run = Run.objects.create(
        organization=project.organization, project=project, pipeline=version.pipeline, version=version,
        status=RunStatus.COMPLETED, trigger=Trigger.MANUAL,
        input={"user_instruction": "Say hello", "columns": {"a": 1}},
    )  # fmt: skip
    return AgentRunFactory(project=project, run_id=run.pk)


def graded(agent_run: AgentRun, *, answer="Hello", **config) -> Verdict:
    return grade(
        agent_run=agent_run, config=parse_field(config), seed={}, evidence=Evidence("Say hello", answer),
        judge=BUILTIN_RULES,
    )  # fmt: skip


def put_step(agent_run: AgentRun, attempt: int, title: str) -> None:
    detail = {"argv": ["ls"], "cwd": "", "exit_code": 0, "stdout": "", "stderr": "", "error": ""}
    step = {
        "index": 0,
        "kind": "shell",
        "title": title,
        "detail": detail,
        "started_ms": 5,
        "duration_ms": 1,
        "ok": True,
    }
    values = [agent_run.pk, attempt, 0, agent_run.organization_id, json.dumps([step]), timezone.now()]
    with connection.cursor() as cursor:
        cursor.execute(_PUT_STEPS, values)


def test_a_verdict_is_kept_and_shown_on_the_run(agent_run):
    verdict = graded(agent_run, answer="Moin", criteria=[{"type": "contains", "value": "Hello"}])
    agent_run.refresh_from_db()
    assert (verdict.number, verdict.verdict, verdict.is_rules, verdict.model) == (1, "FAIL", True, RULES)
    assert (agent_run.verdict, agent_run.judge) == ("FAIL", RULES)
    assert agent_run.failure_mode == "Contains “Hello”: Not found in 4 characters."
    assert verdict.items[2] == {
        "name": "Contains “Hello”", "origin": "program", "passed": False, "evidence": "Not found in 4 characters.",
    }  # fmt: skip


def test_grading_again_adds_a_verdict_and_keeps_the_earlier_one(agent_run):
    graded(agent_run, answer="")
    graded(agent_run)
    agent_run.refresh_from_db()
    numbers = agent_run.verdicts.order_by("number").values_list("number", "verdict")
    assert list(numbers) == [(1, "FAIL"), (2, "PASS")]
    assert (agent_run.verdict, agent_run.failure_mode) == ("PASS", "")


def test_a_worker_that_was_presumed_dead_writes_no_verdict(agent_run):
    AgentRun.objects.filter(pk=agent_run.pk).update(attempt=7)
    with pytest.raises(Superseded):
        graded(agent_run)
    assert not Verdict.objects.exists()


def test_a_cancelled_run_gets_no_verdict(agent_run):
    AgentRun.objects.filter(pk=agent_run.pk).update(status=AgentRunStatus.CANCELLED)
    with pytest.raises(Superseded):
        graded(agent_run)


def test_a_grading_that_nobody_wants_any_more_writes_no_verdict(agent_run, endpoint, server):
    stop = threading.Event()
    stop.set()
    judge = resolve_model(agent_run.organization_id, endpoint.public_id)
    with pytest.raises(Superseded):
        grade_run(agent_run=agent_run, config=parse_field({}), judge=judge, stop=stop)
    assert not Verdict.objects.exists()


def test_what_the_database_can_not_keep_is_replaced(agent_run, project, endpoint, server):
    items = [{"id": "item_1", "evidence": "a\0b\ud800", "passed": True}]
    server.script([answers({"reasoning": "c\0d", "items": items})])
    defaults_set(actor=Actor.platform(project.organization_id), judge=endpoint.public_id)
    verdict = regrade(actor=Actor.platform(project.organization_id), agent_run=agent_run)
    verdict.refresh_from_db()
    assert (verdict.reasoning, verdict.items[0]["evidence"]) == ("c\ufffdd", "a\ufffdb\ufffd")


def test_a_run_is_graded_by_what_its_rows_say(agent_run, endpoint, server, admin):
    put_step(agent_run, attempt=0, title="ls -l")
    AgentRun.objects.filter(pk=agent_run.pk).update(attempt=1)
    agent_run.refresh_from_db()
    defaults_set(actor=admin, judge=endpoint.public_id)
    verdict = regrade(actor=admin, agent_run=agent_run)
    prompt = server.requests[0].prompt
    assert [item["name"] for item in verdict.items] == ["Is polite", "Contains “Hello”"]
    for shown in ("Say hello\n\na: 1", "in 1 numbered steps", "1. +0.0s shell: ls -l [exit 0]", "Hello"):
        assert shown in prompt


def test_an_exception_is_part_of_what_the_rows_say(agent_run):
    agent_run.final_response = None
    agent_run.exception = {"type": "ValueError", "message": "no", "traceback": "Traceback …"}
    verdict = grade_run(agent_run=agent_run, config=parse_field({}), judge=BUILTIN_RULES)
    assert verdict.items[1]["evidence"] == "Raised “ValueError: no”."


def test_re_grading_tells_the_page_and_the_trail(agent_run, admin):
    defaults_set(actor=admin, judge=RULES)
    verdict = regrade(actor=admin, agent_run=agent_run)
    assert (verdict.verdict, verdict.graded_by) == ("PASS", "Ada")
    event = RunEvent.objects.get(run_id=agent_run.run_id)
    assert event.kind == "agent.verdict"
    assert json.loads(event.data) == {"agent_run": agent_run.public_id, "verdict": "PASS", "model": RULES}
    assert AuditEntry.objects.get(action="agent_run.regrade").after == {"verdict": "PASS", "number": 1, "judge": RULES}


def test_re_grading_needs_a_judge(agent_run, admin):
    with pytest.raises(JudgeUnresolved, match="No judge model is resolvable for the run"):
        regrade(actor=admin, agent_run=agent_run)


def test_re_grading_needs_a_result(agent_run, admin):
    agent_run.status = AgentRunStatus.FAILED
    with pytest.raises(NotGradable):
        regrade(actor=admin, agent_run=agent_run)


def test_re_grading_needs_the_right_to_run(agent_run):
    viewer = Actor(organization_id=agent_run.organization_id, roles={None: Role.VIEWER})
    with pytest.raises(NotAllowed):
        regrade(actor=viewer, agent_run=agent_run)


@pytest.mark.django_db(transaction=True)
def test_gradings_at_the_same_time_get_numbers_of_their_own(agent_run):
    def grade_and_close() -> None:
        graded(AgentRun.objects.get(pk=agent_run.pk))
        connection.close()

    threads = [threading.Thread(target=grade_and_close) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(agent_run.verdicts.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
