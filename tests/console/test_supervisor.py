import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from console.embedded import supervisor as module
from console.embedded.supervisor import HOPELESS_DEATHS, Child, Supervisor
from tests.support.instance import wait_for

Keep = Callable[[Child], Child]


@pytest.fixture
def keep(monkeypatch) -> Iterator[Keep]:
    """Keep a child running, as `make up` does, with no long waits between its starts."""
    monkeypatch.setattr(module, "LONGEST_RESTART_SECONDS", 0.2)
    supervisor = Supervisor()
    watching = threading.Thread(target=supervisor.watch)

    def keep(child: Child) -> Child:
        supervisor.add(child)
        watching.start()
        return child

    yield keep
    supervisor.stopping.set()
    watching.join()
    supervisor.stop()


def test_a_child_that_is_killed_is_started_again_and_that_is_said(keep, tmp_path, caplog):
    child = keep(Child("sleeper", ["sleep", "60"], tmp_path / "sleeper.log"))
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: child.is_running and child.process.pid != first, what="starting it again")
    assert "sleeper ended (killed by SIGKILL); it is started again" in caplog.text


def test_a_child_that_cannot_stay_is_said_loudly_with_its_log_and_tried_on(keep, tmp_path, caplog):
    log = tmp_path / "broken.log"
    keep(Child("broken", ["sh", "-c", "echo the port is taken; exit 3"], log))
    wait_for(lambda: log.read_text().count("\n") > HOPELESS_DEATHS + 1, what="trying on")
    [said] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"broken has ended {HOPELESS_DEATHS} times in a row" in said.message
    assert "the port is taken" in said.message
    assert "broken ended (exit code 3)" in caplog.text


def test_stopping_ends_servers_last(tmp_path):
    order = tmp_path / "order"
    supervisor = Supervisor()
    for name, is_server in (("server", True), ("client", False)):
        script = f"trap 'echo {name} >> {order}; exit' TERM; echo; while :; do sleep 0.05; done"
        supervisor.add(Child(name, ["sh", "-c", script], tmp_path / f"{name}.log", is_server=is_server))
    wait_for(lambda: all(child.log.read_text() for child in supervisor.children), what="setting the traps")
    supervisor.stop()
    assert order.read_text().split() == ["client", "server"]
