"""One row, all the way: seeded, run in a real sandbox, graded."""

import errno
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from agents.models import AgentRun
from agents.queries import trajectory_of
from agents.services.credentials import credential_create
from evaluation.models import SeededTask, Verdict
from evaluation.services.seeding import tasks_seed
from evaluation.steps import agent_field
from orchestration import executor, journal, sweeper, transitions
from orchestration.models import Run, RunEvent
from orchestration.services.runs import run_cancel
from sandboxes.folders import SandboxFolder
from tests.support.agents import HELLO, function, published_agent, published_pipeline

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_bubblewrap(settings):
    settings.CALLBOARD_SANDBOX = "bubblewrap"


@pytest.fixture
def run_one(project, admin):
    """Seed one task for an agent with the given code, carry it out, and return its agent run."""

    def run_one(code: str = HELLO, *, spec: dict | None = None, task: dict | None = None, **config) -> AgentRun:
        agent = published_agent(admin, code, **(spec or {}))
        pipeline = published_pipeline(admin, project, agent, **config)
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[task or {"user": "Say hello."}])
        executor.drain("agents")
        return SeededTask.objects.get().agent_run

    return run_one


def test_a_run_ends_with_answer_trajectory_and_verdict(run_one):
    run = run_one(criteria=[{"type": "contains", "value": "Hello"}])
    assert (run.status, run.verdict, run.sandbox) == ("completed", "PASS", "bubblewrap")
    assert run.final_response.startswith("Hello from the sandbox")
    assert [step.kind for step in trajectory_of(run)] == ["file", "shell"]
    assert [phase["name"] for phase in run.phases] == ["resolve", "boot", "setup", "turns", "collect", "grade"]


def test_a_wrong_answer_fails_and_says_which_item(run_one):
    run = run_one(criteria=[{"type": "contains", "value": "Goodbye"}])
    assert (run.status, run.verdict) == ("completed", "FAIL")
    assert "Goodbye" in run.failure_mode


def test_a_worker_whose_clock_is_behind_carries_a_run_out(run_one, monkeypatch):
    really_now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: really_now() - timedelta(hours=1))
    run = run_one()
    assert (run.status, run.error) == ("completed", None)
    assert 0 <= run.latency_ms < timedelta(minutes=10).total_seconds() * 1000


def test_a_run_for_which_the_disk_has_no_room_says_so(run_one, monkeypatch):
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SandboxFolder, "make", no_room)
    run = run_one()
    assert (run.status, run.error["code"], run.verdict) == ("failed", "sandbox_failed", "")
    assert run.error["detail"] == "The disk of the worker's machine is full."


def test_an_exception_is_captured_and_graded(run_one):
    run = run_one(function("raise ValueError('no such order')"))
    assert (run.status, run.verdict, run.error) == ("completed", "FAIL", None)
    assert run.exception["type"] == "ValueError"
    assert "no such order" in run.exception["traceback"]


@pytest.mark.parametrize("body", ["return 42", "return {'answer': 'x'}", "return None"])
def test_anything_but_an_answer_is_a_graded_failure_that_says_what_came_back(run_one, body):
    run = run_one(function(body))
    assert (run.status, run.verdict) == ("completed", "FAIL")
    assert run.exception["type"] == "BadReturnValue"


@pytest.mark.parametrize(
    "code",
    [
        "async def run(task_input, *, proxy_url, run_token):\n    return {'final_response': 'async'}\n",
        function("return 'a plain string'"),
    ],
)
def test_async_functions_and_plain_strings_are_answers(run_one, code):
    assert run_one(code).verdict == "PASS"


def test_an_agent_that_kills_its_process_is_graded_too(run_one):
    run = run_one(function("import os; os._exit(3)"))
    assert (run.status, run.verdict) == ("completed", "FAIL")
    assert "code 3" in run.exception["message"]


def test_an_agent_that_takes_too_long_breaks_the_run(run_one):
    run = run_one(function("import time; print('here'); time.sleep(60)"), spec={"run_timeout_s": 1})
    assert (run.status, run.error_code, run.cause, run.verdict) == ("failed", "agent_timeout", "agent", "")
    assert Run.objects.get().status == "failed"


def test_without_a_judge_the_run_fails_before_any_sandbox(run_one):
    run = run_one(judge_model="")
    assert (run.status, run.error_code) == ("failed", "agent_model_unresolved")
    assert [phase["name"] for phase in run.phases] == ["resolve"]


def test_what_is_printed_is_log_and_not_answer(run_one):
    run = run_one(function("print('thinking')\nreturn 'done'"))
    log = RunEvent.objects.filter(kind="agent.log").values_list("data", flat=True)
    assert any("thinking" in data for data in log)
    assert (run.final_response, run.log_lines) == ("done", 1)


def test_a_credential_reaches_the_agent_and_nothing_that_is_stored(run_one, admin):
    secret = "sk-live-0123456789abcdef"
    credential = credential_create(actor=admin, name="key", value=secret)
    body = """
import base64, os, pathlib, subprocess
key = os.environ["KEY"]
print(key)
pathlib.Path("/tmp/" + key).write_text(key)
subprocess.run(["echo", base64.b64encode(key.encode()).decode()])
return f"{len(key)} {key}"
"""
    run = run_one(function(body), spec={"env": [{"name": "KEY", "credential_id": credential.public_id}]})
    assert run.final_response == f"{len(secret)} ***"
    stored = repr([list(model.objects.values()) for model in (AgentRun, RunEvent, Verdict)])
    steps = repr(trajectory_of(run))
    assert secret not in stored + steps
    assert "MDEyMzQ1Njc4OWFiY2RlZg" not in stored + steps


def test_a_deleted_credential_breaks_the_run(run_one, admin):
    credential = credential_create(actor=admin, name="key", value="a secret value")
    env = [{"name": "KEY", "credential_id": credential.public_id}]
    agent_code = function("return 'x'")

    def delete_then(*args, **kwargs):
        credential.delete()
        return drain(*args, **kwargs)

    drain, executor.drain = executor.drain, delete_then
    try:
        run = run_one(agent_code, spec={"env": env})
    finally:
        executor.drain = drain
    assert (run.error_code, run.cause) == ("agent_secret_unresolved", "agent")


def test_the_agent_does_not_see_what_is_the_judges(run_one):
    task = {"user": "Refuse this.", "expected_outcome": "refusal", "behavior": "Always says no."}
    run = run_one(
        function("return sorted(task_input) and str(sorted(task_input))"),
        task=task,
        odyssey_seed_columns={"expected_outcome": True, "behavior": True},
    )
    assert run.final_response == "['user_instruction']"
    assert SeededTask.objects.get().seed["axes"]["expected_outcome"] == "refusal"


def test_the_tool_proxy_answers_with_the_network_closed(run_one):
    body = """
import json, urllib.request, urllib.error
request = urllib.request.Request(proxy_url + "/tools/get_order", b"{}", {"Authorization": f"Bearer {run_token}"})
try:
    urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    return json.loads(error.read())["error"]["code"]
"""
    assert run_one(function(body)).final_response == "tool_not_found"


def test_an_attempt_cut_short_after_the_work_only_grades(run_one, project, admin, monkeypatch):
    agent = published_agent(admin, HELLO)
    pipeline = published_pipeline(admin, project, agent)
    tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "Say hello."}])

    def die(**_):
        raise KeyboardInterrupt

    grade = agent_field.grade_run
    monkeypatch.setattr(agent_field, "grade_run", die)
    with pytest.raises(KeyboardInterrupt):
        executor.drain("agents")
    monkeypatch.setattr(agent_field, "grade_run", grade)
    _lose_everything()
    executor.drain("agents")
    run = SeededTask.objects.get().agent_run
    assert (run.status, run.verdict, run.attempt) == ("completed", "PASS", 2)
    assert [phase["name"] for phase in run.phases].count("turns") == 1


def test_a_cancel_ends_the_sandbox_within_a_second(project, admin):
    agent = published_agent(admin, function("import time; time.sleep(60)"))
    tasks_seed(actor=admin, pipeline=published_pipeline(admin, project, agent), tasks=[{"user": "x"}])

    def work() -> None:
        executor.drain("agents")
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    while AgentRun.objects.get().phase != "turns":
        time.sleep(0.05)
    time.sleep(0.3)
    asked = time.monotonic()
    run_cancel(actor=admin, run=Run.objects.get())
    worker.join(10)
    assert time.monotonic() - asked < 5
    assert AgentRun.objects.get().status == "cancelled"
    assert not worker.is_alive()


def _lose_everything() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orchestration_steprun SET lease_expires_at = now() - interval '1 s' WHERE status = 'running'"
        )
    for claim in journal.expired(10):
        transitions.lose(claim)
    sweeper.sweep()
