"""A Python agent in a sandbox, from its code to its outcome."""

import threading

import pytest

from sandboxes.backends.fake import FakeBackend, FakeReply
from sandboxes.base import SandboxSpec
from sandboxes.python_agent import PythonJob, run_python_agent
from tests.support.code import HELLO, INSTRUCTION


@pytest.fixture
def run(backend):
    """Run an agent's code in a sandbox of its own."""
    opened = []

    def run(code, job=None, **options):
        sandbox = backend.open(SandboxSpec())
        opened.append(sandbox)
        sandbox.write("/home/user/agent/main.py", code.encode())
        return run_python_agent(sandbox, job or PythonJob({}), **options)

    yield run
    for sandbox in opened:
        sandbox.close()


def test_the_runbooks_agent_answers_and_leaves_its_trajectory(run):
    heard = []
    job = PythonJob({"user_instruction": INSTRUCTION}, run_token="token")

    outcome = run(HELLO, job, on_message=heard.append)

    assert outcome.final_response.startswith(
        f"Hello from the sandbox (Python {outcome.python}). You asked: {INSTRUCTION!r}"
    )
    assert [(step.kind, step.title) for step in outcome.steps] == [
        ("file", "Wrote /tmp/notes.txt"),
        ("shell", "uname -a"),
    ]
    assert (outcome.exception, outcome.bad_result, outcome.problem, outcome.exit_code) == (None, None, None, 0)
    assert outcome.result.is_success
    assert heard[0]["type"] == "hello"


def test_an_exception_is_an_outcome_and_not_an_error(run):
    outcome = run("def run(task_input, *, proxy_url, run_token):\n    raise ValueError('bad luck')\n")

    assert (outcome.exception.type, outcome.exception.message) == ("ValueError", "bad luck")
    assert 'File "/home/user/agent/main.py", line 2, in run' in outcome.exception.traceback
    assert outcome.final_response is None


def test_what_is_no_answer_says_what_came_back(run):
    assert run("def run(task_input, **_):\n    return 42\n").bad_result == "int: 42"


@pytest.mark.parametrize("character", ["x", "\\u20ac", "\\x01"])
def test_an_answer_of_any_characters_comes_out_whole(run, character):
    outcome = run(f"def run(task_input, **_):\n    return '{character}' * 490_000\n")

    assert outcome.final_response == character.encode().decode("unicode_escape") * 490_000


def test_an_interpreter_that_is_not_there_is_told(run):
    outcome = run("def run(task_input, **_):\n    return ''\n", PythonJob({}, python="/nowhere/python"))

    assert outcome.problem == "agent_not_started"
    assert "/nowhere/python" in outcome.problem_text


def test_a_missing_entrypoint_has_a_code(run):
    outcome = run("x = 1\n")

    assert (outcome.problem, outcome.problem_text) == ("entrypoint_missing", "main.py has no function run.")


def test_what_was_done_before_the_time_ran_out_is_kept(run):
    code = """
import time
def run(task_input, **_):
    print('begun')
    open('/tmp/a', 'w').close()
    time.sleep(60)
"""

    outcome = run(code, PythonJob({}, timeout_seconds=1.5))

    assert outcome.result.is_timed_out
    assert [step.title for step in outcome.steps] == ["begun", "Wrote /tmp/a"]
    assert outcome.final_response is None


def test_what_was_done_before_a_stop_is_kept(run):
    stop = threading.Event()
    code = "import time\ndef run(task_input, **_):\n    print('begun')\n    time.sleep(60)\n"

    outcome = run(code, on_message=lambda message: stop.set() if message["type"] == "log" else None, stop=stop)

    assert outcome.result.is_stopped
    assert [step.title for step in outcome.steps] == ["begun"]


def test_the_agents_environment_is_what_it_was_given(run):
    code = """
import os
def run(task_input, *, proxy_url, run_token):
    return ' '.join([os.environ['KEY'], proxy_url, run_token, os.environ['PIPELINES_RUN_TOKEN']])
"""

    outcome = run(code, PythonJob({}, run_token="t", env={"KEY": "k"}))

    assert outcome.final_response == "k http://127.0.0.1:47330 t t"


def test_secrets_are_not_in_the_repr_of_a_job():
    assert "sesame" not in repr(PythonJob({}, run_token="sesame", env={"KEY": "sesame"}))


def test_only_the_first_word_about_the_result_counts():
    messages = [{"type": "result", "final_response": "first"}, {"type": "result", "final_response": "second"}]
    sandbox = FakeBackend(answer=lambda *_: FakeReply(messages=messages)).open(SandboxSpec())

    assert run_python_agent(sandbox, PythonJob({})).final_response == "first"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "result", "final_response": 5},
        {"type": "result"},
        {"type": "exception", "type_name": None, "message": [], "traceback": {}},
        {"type": "step", "id": [], "kind": {}, "at_ms": "x", "data": []},
        {"type": "step", "id": "1", "kind": "file", "at_ms": -5, "data": {"path": 1, "times": "many", "size": 2**99}},
        {"type": "step", "id": "1", "kind": "process", "at_ms": 10**30, "data": {"argv": [1, None], "exit_code": True}},
        {"type": "step", "id": "1", "kind": "http", "at_ms": 1, "data": {"url": "http://[:x/", "status": "200"}},
        {"type": "step", "id": "1", "kind": "connect", "at_ms": 1, "data": {"port": -1}},
        {"type": "update", "id": "none", "data": 1},
        {"type": "log", "stream": 1, "text": 2},
        {"type": "file_left", "path": None, "size": "x"},
        {"type": "dropped", "count": "many"},
        {"type": "end", "exit_code": "x", "signal": 9},
        {"type": ["end"]},
        {},
    ],
)
def test_messages_of_any_shape_do_no_harm(message):
    sandbox = FakeBackend(answer=lambda *_: FakeReply(messages=[message, message])).open(SandboxSpec())

    outcome = run_python_agent(sandbox, PythonJob({}))

    assert len(outcome.steps) <= 2
