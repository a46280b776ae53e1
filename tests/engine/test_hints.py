"""A broker that is away or hangs costs a step little and a run nothing."""

import os
import signal
import subprocess
import time

import pytest
import redis

from console.embedded import broker
from orchestration import hints
from tests.support.instance import wait_for


@pytest.fixture
def hung_broker(tmp_path, monkeypatch):
    """A broker that takes connections and never answers."""
    socket = tmp_path / "s"
    arguments = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--daemonize", "no", "--dir", str(tmp_path)]
    process = subprocess.Popen([str(broker.server()[0]), *arguments], stdout=subprocess.DEVNULL)
    client = redis.Redis.from_url(f"unix://{socket}", socket_timeout=0.5)
    wait_for(socket.exists, what="the broker")
    wait_for(client.ping, what="the broker's answer")
    os.kill(process.pid, signal.SIGSTOP)
    monkeypatch.setattr(hints, "_client", client)
    monkeypatch.setattr(hints, "_left_alone_until", 0.0)
    yield process
    process.kill()
    process.wait()
    client.close()


def test_a_broker_that_hangs_is_asked_once_and_then_left_alone(hung_broker, caplog):
    hints.wake("control")
    for _ in range(1_000):
        hints.taken("control")
        hints.wake("control")
    assert [record.message.partition(":")[0] for record in caplog.records] == ["a hint for queue control was lost"]


def test_a_broker_that_answers_again_is_used_again(hung_broker, monkeypatch):
    hints.taken("control")
    hung_broker.send_signal(signal.SIGCONT)
    monkeypatch.setattr(hints, "_left_alone_until", time.monotonic())
    hints.client().set("callboard:hints:control", 3)
    hints.taken("control")
    assert hints.client().get("callboard:hints:control") is None
