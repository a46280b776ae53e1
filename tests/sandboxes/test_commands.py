"""What every sandbox answers to a command."""

import os
import threading
import time

import pytest

from sandboxes.base import Limits, SandboxSpec, Stream, User
from sandboxes.errors import NotSupported, SandboxDied
from sandboxes.paths import TMP


def test_the_exit_code_of_a_command_is_a_result(any_sandbox):
    result = any_sandbox.exec(["sh", "-c", "exit 3"])

    assert (result.exit_code, result.is_success) == (3, False)


def test_a_command_that_is_not_there_is_a_result(any_sandbox):
    result = any_sandbox.exec(["no-such-command"])

    assert result.exit_code == 127
    assert "no-such-command" in result.stderr_text


def test_the_two_output_streams_are_kept_apart(any_sandbox):
    assert any_sandbox.exec(["echo", "hello"]).stdout == b"hello\n"
    assert any_sandbox.exec(["sh", "-c", "echo oops >&2"]).stderr == b"oops\n"


def test_a_command_that_takes_too_long_is_ended(any_sandbox):
    result = any_sandbox.exec(["sleep", "30"], timeout_seconds=0.3)

    assert (result.is_timed_out, result.is_stopped, result.is_success) == (True, False, False)
    assert result.duration_ms < 3000


def test_setting_stop_ends_a_command_within_a_second(any_sandbox):
    stop = threading.Event()
    started = time.monotonic()
    threading.Timer(0.3, stop.set).start()

    result = any_sandbox.exec(["sleep", "30"], stop=stop)

    assert (result.is_stopped, result.is_timed_out, result.is_success) == (True, False, False)
    assert time.monotonic() - started < 1.3


def test_of_too_much_output_the_tail_is_kept_with_a_notice(any_backend):
    heard = bytearray()
    with any_backend.open(SandboxSpec(limits=Limits(output_bytes=1000))) as sandbox:
        result = sandbox.exec(["head", "-c", "5000", "/dev/zero"], on_output=lambda _, data: heard.extend(data))

    assert result.stdout_cut == 4000
    assert result.stdout.startswith(b"[4,000 bytes of stdout left out")
    assert result.stdout.endswith(bytes(1000))
    assert bytes(heard[:1000]) == bytes(1000)
    assert b"more than 1,000 bytes" in heard
    assert len(heard) < 1200


def test_a_closed_sandbox_runs_nothing_and_may_be_closed_again(any_backend):
    sandbox = any_backend.open(SandboxSpec())
    sandbox.close()
    sandbox.close()

    with pytest.raises(SandboxDied):
        sandbox.exec(["echo", "hello"])


def test_a_command_ended_by_a_signal_answers_as_a_shell_would(sandbox):
    assert sandbox.exec(["sh", "-c", "kill -SEGV $$"]).exit_code == 128 + 11
    assert sandbox.exec(["sh", "-c", "kill -KILL $$"]).exit_code == 128 + 9


@pytest.mark.escape
def test_only_what_is_given_is_in_the_environment(sandbox, monkeypatch):
    monkeypatch.setitem(os.environ, "HOST_SECRET", "s3cret")

    result = sandbox.exec(["env"], env={"GIVEN": "a b\nc"})

    assert "GIVEN=a b\nc\n" in result.stdout_text
    assert "HOME=/home/user\n" in result.stdout_text
    assert "HOST_SECRET" not in result.stdout_text


def test_a_command_starts_in_the_folder_it_was_given(sandbox):
    assert sandbox.exec(["pwd"]).stdout == b"/home/user\n"
    assert sandbox.exec(["pwd"], cwd="/home/user/workspace").stdout == b"/home/user/workspace\n"
    assert sandbox.exec(["pwd"], cwd="/nowhere").exit_code == 125


def test_there_is_nothing_on_standard_input(sandbox):
    result = sandbox.exec(["cat"], timeout_seconds=5)

    assert (result.exit_code, result.stdout) == (0, b"")


def test_output_is_heard_while_the_command_still_runs(sandbox):
    heard = []

    def hear(stream, data):
        heard.append((stream, data, time.monotonic()))

    sandbox.exec(["sh", "-c", "echo first; sleep 0.5; echo second >&2"], on_output=hear)

    assert [(stream, data) for stream, data, _ in heard] == [(Stream.STDOUT, b"first\n"), (Stream.STDERR, b"second\n")]
    assert heard[1][2] - heard[0][2] > 0.3


def test_output_may_be_any_bytes(sandbox):
    every = bytes(range(256)) * 1000
    sandbox.write(f"{TMP}/every", every)

    assert sandbox.exec(["cat", f"{TMP}/every"]).stdout == every


@pytest.mark.escape
def test_commands_run_as_a_user_without_rights(sandbox):
    result = sandbox.exec(["sh", "-c", "id -u; grep -E 'CapEff|NoNewPrivs' /proc/self/status"])

    assert result.stdout_text.split() == ["1000", "CapEff:", "0000000000000000", "NoNewPrivs:", "1"]


@pytest.mark.escape
def test_nobody_becomes_root_in_a_locked_sandbox(sandbox):
    with pytest.raises(NotSupported) as refused:
        sandbox.exec(["id"], user=User.ROOT)

    assert refused.value.fix


def test_files_of_one_command_are_there_for_the_next(sandbox):
    sandbox.exec(["sh", "-c", "echo in tmp > /tmp/one; echo at home > ~/two; mkdir -p workspace/three"])

    result = sandbox.exec(["sh", "-c", "cat /tmp/one ~/two; ls -d workspace/three"])

    assert result.stdout == b"in tmp\nat home\nworkspace/three\n"


_DAEMON = """
import os, sys, time
if os.fork(): os._exit(0) if len(sys.argv) < 2 else time.sleep(30)
os.setsid()
if os.fork(): os._exit(0)
if os.fork() == 0: os.setpgrp()
while True:
    with open("/tmp/beats", "a") as file: file.write("x")
    time.sleep(0.02)
"""


@pytest.mark.escape
@pytest.mark.parametrize("manner", ["ends by itself", "times out", "is stopped"])
def test_daemons_end_with_the_command_that_left_them(sandbox, manner):
    sandbox.write(f"{TMP}/daemon.py", _DAEMON.encode())
    sandbox.write(f"{TMP}/beats", b"")
    stop = threading.Event()
    if manner == "is stopped":
        threading.Timer(1.5, stop.set).start()
    command = "python3 /tmp/daemon.py; sleep 0.3" if manner == "ends by itself" else "exec python3 /tmp/daemon.py stay"

    sandbox.exec(["sh", "-c", command], timeout_seconds=1.5 if manner == "times out" else 20, stop=stop)

    beats = sandbox.read(f"{TMP}/beats", limit=10**6)
    time.sleep(0.3)
    assert beats
    assert sandbox.read(f"{TMP}/beats", limit=10**6) == beats


def test_a_daemon_that_holds_the_output_open_does_not_keep_the_command(sandbox):
    result = sandbox.exec(["sh", "-c", "(setsid sleep 30 &) ; echo done"])

    assert result.stdout == b"done\n"
    assert result.duration_ms < 5000


def test_a_callback_that_fails_ends_the_command(sandbox):
    def fail(_stream, _data):
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        sandbox.exec(["sh", "-c", "echo hello; sleep 4321"], on_output=fail)

    assert b"4321" not in sandbox.exec(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -v grep"]).stdout
