"""Whatever an agent does to its own process, it is known what happened."""

import signal
import threading
import time

import pytest

from sandboxes.trajectories.steps import StepKind


def agent(body, before=""):
    return f"import os, sys, time\n{before}\ndef run(task_input, *, proxy_url, run_token):\n    {body}\n"


def test_sys_exit_is_the_agents_own_ending(harness):
    heard = harness.run(agent("sys.exit(3)"))

    assert (heard.final["type_name"], heard.final["message"]) == ("SystemExit", "3")


def test_os_exit_ends_without_an_answer_and_loses_nothing(harness, tmp_path):
    heard = harness.run(agent(f"print('before'); open('{tmp_path}/made', 'w').write('x'); os._exit(7)"))

    assert heard.final is None
    assert heard.titles() == ["before", "Wrote ~/made"]
    assert heard.last("end")["exit_code"] == heard.exit_code == 7


def test_a_crash_is_told_by_its_signal(harness):
    heard = harness.run(agent("print('before'); os.abort()"))

    assert heard.log == "before\n"
    assert (heard.last("end")["signal"], heard.exit_code) == ("SIGABRT", 128 + 6)


def test_endless_recursion_is_an_exception(harness):
    heard = harness.run(agent("return run(task_input, proxy_url=proxy_url, run_token=run_token)"))

    assert heard.final["type_name"] == "RecursionError"


def test_opening_files_at_the_end_of_the_stack_is_as_it_would_be(harness, tmp_path):
    before = f"""
def down():
    try:
        open('{tmp_path}/f', 'w').close()
        return down()
    except RecursionError:
        return 'up'
"""

    assert harness.run(agent("return down()", before)).final["final_response"] == "up"


def test_closing_every_descriptor_stops_neither_the_agent_nor_the_watching(harness, tmp_path):
    body = f"print('before'); os.closerange(3, 1000); open('{tmp_path}/after', 'w').close(); return 'answered'"

    heard = harness.run(agent(body))

    assert heard.final["final_response"] == "answered"
    assert heard.titles() == ["before", "Wrote ~/after"]


def test_a_descriptor_that_was_closed_and_taken_again_is_not_written_to(harness, tmp_path):
    body = f"""os.closerange(3, 1000)
    files = [open('{tmp_path}/mine%d' % number, 'w') for number in range(5)]
    os.mkdir('{tmp_path}/folder')
    for file in files: file.close()
    return repr([os.path.getsize(file.name) for file in files])"""

    assert harness.run(agent(body)).final["final_response"] == "[0, 0, 0, 0, 0]"


def test_closing_the_standard_streams_is_the_agents_own_affair(harness):
    heard = harness.run(agent("sys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2); return 'quiet'"))

    assert heard.final["final_response"] == "quiet"


def test_a_gigabyte_of_output_is_taken_in_and_cut(harness):
    started = time.monotonic()

    heard = harness.run(agent("for _ in range(1000): print('x' * 999_999)\n    print('the end')\n    return 'done'"))

    assert heard.final["final_response"] == "done"
    assert len(heard.log) < 4_400_000
    assert heard.log.endswith("the end\n")
    assert "bytes of stdout left out" in heard.log
    assert time.monotonic() - started < 30


def test_more_steps_than_can_be_kept_are_counted(harness, tmp_path):
    heard = harness.run(agent(f"for n in range(5600): open('{tmp_path}/f%d' % n, 'w').close()\n    return 'done'"))

    assert heard.final["final_response"] == "done"
    assert len(heard.steps) == 5000
    assert heard.last("dropped")["count"] == 600


def test_the_same_thing_over_and_over_is_one_step(harness, tmp_path):
    heard = harness.run(agent(f"for n in range(1024): open('{tmp_path}/f', 'a').close()\n    return 'done'"))

    assert heard.titles() == ["Appended to ~/f (1024 times)"]


def test_a_thread_that_never_ends_does_not_keep_the_answer(harness):
    heard = harness.run(
        agent("import threading; threading.Thread(target=time.sleep, args=(60,)).start(); return 'done'")
    )

    assert heard.final["final_response"] == "done"
    assert heard.last("end")["signal"] == "SIGKILL"


def test_exit_handlers_still_run(harness):
    heard = harness.run(agent("import atexit; atexit.register(print, 'good bye'); return 'done'"))

    assert heard.log == "good bye\n"


def test_a_process_left_behind_does_not_keep_the_harness(harness):
    started = time.monotonic()

    heard = harness.run(
        agent("import subprocess; subprocess.Popen(['sleep', '20'], start_new_session=True); return 'done'")
    )

    assert heard.final["final_response"] == "done"
    assert time.monotonic() - started < 10
    (step,) = heard.steps
    assert (step.detail.exit_code, step.is_ok) == (None, None)


def test_threads_that_do_much_at_once_are_all_seen(harness, tmp_path):
    body = f"""import concurrent.futures, subprocess
    def work(number):
        with open('{tmp_path}/t%d' % number, 'w') as file: file.write('x')
        return subprocess.run(['echo', str(number)], capture_output=True, text=True).stdout.strip()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return ' '.join(pool.map(work, range(100)))"""

    heard = harness.run(agent(body))

    assert heard.final["final_response"] == " ".join(map(str, range(100)))
    shells = [step for step in heard.steps if step.kind is StepKind.SHELL]
    assert {step.detail.stdout.strip() for step in shells} == set(map(str, range(100)))
    assert all(step.detail.argv[1] == step.detail.stdout.strip() for step in shells)


@pytest.mark.kill
def test_being_told_to_end_it_still_says_what_there_was(harness, tmp_path):
    def end(process):
        deadline = time.monotonic() + 20
        while not (tmp_path / "made").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        threading.Timer(0.2, lambda: process.send_signal(signal.SIGTERM)).start()

    heard = harness.run(agent(f"print('begun'); open('{tmp_path}/made', 'w').close(); time.sleep(60)"), act=end)

    assert heard.titles() == ["begun", "Wrote ~/made"]
    assert heard.last("end")["signal"] == "SIGKILL"
    assert heard.exit_code == 128 + 9


def test_what_somebody_else_writes_to_the_address_is_no_message(harness):
    body = """import socket
    for line in open('/proc/net/unix'):
        if '@callboard-' in line:
            other = socket.socket(socket.AF_UNIX)
            other.connect(chr(0) + line.split('@')[1].strip())
            other.sendall(b'garbage\\n[1]\\n{"type": "step"}\\n')
            other.close()
    return 'done'"""

    heard = harness.run(agent(body))

    assert heard.final["final_response"] == "done"
    assert [step for step in heard.steps if step.kind is not StepKind.HTTP] == []
