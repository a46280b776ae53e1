"""`callboard run watch` against a socket that breaks."""

import json
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner
from websockets.sync.server import serve

from console.cli import runs
from console.cli.main import app

LAST = 4


@pytest.fixture
def address(monkeypatch):
    """A server that sends one event behind `after` and hangs up; it knows one run."""
    monkeypatch.setattr(runs, "_PAUSE_SECONDS", 0)

    def converse(socket):
        where = urlsplit(socket.request.path)
        if not where.path.endswith("arun_here"):
            socket.close(4404)
            return
        seq = int(parse_qs(where.query)["after"][0]) + 1
        kind = "run.completed" if seq == LAST else "agent.phase"
        socket.send(json.dumps({"type": "events", "events": [{"seq": seq, "kind": kind, "data": {}}]}))
        socket.close(1012)

    with serve(converse, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()


def test_it_goes_on_behind_the_last_event_when_the_connection_breaks(address):
    said = CliRunner().invoke(app, ["run", "watch", "arun_here", "--url", address, "--token", "cb_x"])
    assert [int(line.split()[0]) for line in said.stdout.splitlines()] == [1, 2, 3, LAST]
    assert said.exit_code == 0


def test_it_stops_with_two_where_there_is_no_such_run(address):
    said = CliRunner().invoke(app, ["run", "watch", "arun_nowhere", "--url", address, "--token", "cb_x"])
    assert "There is no run 'arun_nowhere' here" in said.stderr
    assert said.exit_code == 2
