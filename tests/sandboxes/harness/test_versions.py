"""What holds on every version of Python that agents may run on."""

from sandboxes.trajectories.steps import StepKind
from tests.support.code import HELLO, INSTRUCTION


def test_the_runbooks_agent_answers_and_leaves_a_trajectory(any_harness, tmp_path):
    code = HELLO.replace("/tmp/notes.txt", f"{tmp_path}/notes.txt")  # noqa: S108  # replaced

    heard = any_harness.run(code, task_input={"user_instruction": INSTRUCTION})

    assert f"You asked: {INSTRUCTION!r}" in heard.final["final_response"]
    assert heard.titles() == ["Wrote ~/notes.txt", "uname -a"]
    written, shell = heard.steps
    assert (written.detail.text, written.detail.size) == (f"task: {INSTRUCTION}\n", 53)
    assert (shell.detail.exit_code, shell.is_ok, shell.detail.cwd) == (0, True, str(any_harness.agent))
    assert shell.detail.stdout.strip() in heard.final["final_response"]
    assert heard.last("end")["exit_code"] == heard.exit_code == 0
    assert (heard.stdout, heard.stderr) == ("", "")


def test_a_coroutine_is_awaited(any_harness):
    code = """
import asyncio

async def run(task_input, *, proxy_url, run_token):
    process = await asyncio.create_subprocess_exec("echo", "from a coroutine", stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return out.decode()
"""

    heard = any_harness.run(code)

    assert heard.final["final_response"] == "from a coroutine\n"
    (step,) = heard.steps
    assert (step.title, step.detail.exit_code, step.detail.stdout) == (
        "echo 'from a coroutine'",
        0,
        "from a coroutine\n",
    )


def test_an_exception_is_told_with_the_agents_own_frames_alone(any_harness):
    code = """
from helpers.deep import fail

def run(task_input, *, proxy_url, run_token):
    try:
        fail()
    except ValueError as error:
        raise RuntimeError("outer") from error
"""
    helper = "def fail():\n    raise ValueError('inner größe')\n"

    heard = any_harness.run(code, {"helpers/__init__.py": "", "helpers/deep.py": helper})

    told = heard.final
    assert (told["type"], told["type_name"], told["message"]) == ("exception", "RuntimeError", "outer")
    assert "inner größe" in told["traceback"]
    assert f'File "{any_harness.agent}/helpers/deep.py", line 2, in fail' in told["traceback"]
    assert "agent_process" not in told["traceback"]
    assert heard.titles() == ["RuntimeError: outer"]


def test_prints_and_steps_come_in_the_order_they_were_made(any_harness, tmp_path):
    code = f"""
import logging, subprocess, sys

def run(task_input, *, proxy_url, run_token):
    for number in range(50):
        print("line", number)
        open("{tmp_path}/file%d" % number, "w").close()
    print("no end of line", end="")
    subprocess.run(["true"])
    logging.warning("logged")
    sys.stderr.write("to stderr\\n")
    subprocess.run(["sh", "-c", "echo from a child"])
    return "done"
"""

    heard = any_harness.run(code)

    expected = [text for number in range(50) for text in (f"line {number}", f"Wrote ~/file{number}")]
    assert heard.titles()[:100] == expected
    assert heard.titles()[100:] == [
        "no end of line",
        "true",
        "WARNING:root:logged",
        "echo from a child",
        "from a child",
    ]
    assert heard.steps[102].detail.text == "WARNING:root:logged\nto stderr\n"


def test_processes_of_multiprocessing_work_and_forked_ones_are_seen(any_harness, tmp_path):
    code = f"""
import concurrent.futures, multiprocessing, os

def work(number):
    with open("{tmp_path}/part%d" % number, "w") as file:
        file.write("x" * number)
    return number * 2

def run(task_input, *, proxy_url, run_token):
    answers = []
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
            answers.append(sum(pool.map(work, range(1, 4))))
    return repr(answers)
"""

    heard = any_harness.run(code)

    assert heard.final["final_response"] == "[12, 12, 12]", heard.log
    assert {f"Wrote ~/part{number}" for number in (1, 2, 3)} <= set(heard.titles(StepKind.FILE))
