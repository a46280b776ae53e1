import io
import json
import logging

import pytest
from structlog.contextvars import bound_contextvars

from console.logs import Formatter
from orchestration import executor
from tests.engine.conftest import chain, note, start  # noqa: F401  # a fixture


def lines(look: str, *messages: str) -> list[str]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter(look))
    logger = logging.Logger("a room")  # noqa: LOG001  # one that nobody else hears
    logger.addHandler(handler)
    for message in messages:
        logger.warning(message)
    return stream.getvalue().splitlines()


def test_a_json_line_holds_the_run_step_and_attempt():
    with bound_contextvars(run="run_a", step="step_b", attempt=2):
        said = json.loads(lines("json", "it fell")[0])
    assert (said["run"], said["step"], said["attempt"], said["event"]) == ("run_a", "step_b", 2, "it fell")
    assert said["level"] == "warning"


@pytest.mark.parametrize("look", ["text", "json"])
def test_what_an_agent_said_makes_no_line_of_its_own(look):
    assert len(lines(look, "one\ntwo\r\nthree", "four")) == 2


def test_what_is_logged_of_a_step_names_it(start, monkeypatch):  # noqa: F811  # the fixture
    told = []
    monkeypatch.setattr(executor.log, "exception", lambda *_: told.append(lines("json", "x")[0]))
    run = start(chain(note("a")))
    monkeypatch.setattr("tests.engine.steps.NoteStep.perform", lambda *_: 1 / 0)
    executor.drain("control")
    said = json.loads(told[0])
    assert said["run"] == run.public_id
    assert said["attempt"] == 1
