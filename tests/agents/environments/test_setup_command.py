"""The setup command, in a sandbox of every backend."""

import threading

import pytest

from agents.environments.ready import Ready
from agents.environments.setup_command import set_up
from agents.environments.setup_log import StepFailed
from agents.environments.shape import Environment
from agents.services.progress import Superseded
from sandboxes.base import SandboxSpec
from sandboxes.paths import AGENT


@pytest.fixture
def sandbox(backend):
    with backend.open(SandboxSpec()) as opened:
        yield opened


def run(sandbox, work, command, env=None):
    set_up(Environment(setup_command=command), sandbox, Ready(), env or {}, work)


def test_it_runs_as_the_user_in_the_agents_folder_with_the_agents_variables(sandbox, work):
    run(sandbox, work, 'echo "$(pwd) $(id -u) $TOKEN" && [[ a == a ]] && echo left >file', {"TOKEN": "t0ken"})

    assert work.text == f"{AGENT} 1000 t0ken\n"
    assert sandbox.read(f"{AGENT}/file", limit=10) == b"left\n"
    assert work.told == [{"name": "Setup command"}]


def test_a_setup_command_that_exits_nonzero_is_environment_setup_failed(sandbox, work):
    with pytest.raises(StepFailed) as caught:
        run(sandbox, work, "echo one; echo two >&2; exit 3")

    assert caught.value.reason == "The command ended with exit code 3."
    assert sorted(caught.value.tail.splitlines()) == ["one", "two"]


def test_what_changes_the_system_is_said_to_need_sudo(sandbox, work):
    with pytest.raises(StepFailed, match="use sudo for what changes the system"):
        run(sandbox, work, "touch /usr/bin/new")


def test_it_ends_when_nobody_waits_for_the_run(sandbox, work):
    threading.Timer(0.5, work.stop.set).start()

    with pytest.raises(Superseded):
        run(sandbox, work, "sleep 60")


def test_one_that_never_ends_is_ended(sandbox, work, monkeypatch):
    monkeypatch.setattr("agents.environments.setup_command._LONGEST_SECONDS", 0.5)

    with pytest.raises(StepFailed, match="took too long"):
        run(sandbox, work, "sleep 60")


def test_only_the_end_of_a_long_log_is_told(sandbox, work):
    with pytest.raises(StepFailed) as caught:
        run(sandbox, work, "seq 1 10000; exit 1")

    assert caught.value.tail.splitlines()[-1] == "10000"
    assert len(caught.value.tail.splitlines()) == 30
    assert work.text.count("\n") == 10_000
