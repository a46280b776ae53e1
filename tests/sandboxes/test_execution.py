"""Ending everything that runs in a container."""

import pytest
from docker.errors import APIError

from sandboxes.backends.docker import execution

#: The engine's own, for a shell that it could not start.
NOT_STARTED = 126


class Engine:
    """An engine where one exec after another ends with these codes, or can't be created."""

    def __init__(self, *answers: int | APIError) -> None:
        self.answers = list(answers)
        self.api = self

    def exec_create(self, *_: object, **__: object) -> dict[str, str]:
        if isinstance(self.answers[0], APIError):
            raise self.answers.pop(0)
        return {"Id": "an exec"}

    def exec_start(self, _: str) -> bytes:
        return b""

    def exec_inspect(self, _: str) -> dict[str, object]:
        return {"Running": False, "ExitCode": self.answers.pop(0)}


@pytest.mark.parametrize(
    ("answers", "is_done", "left"),
    [
        ([0, 0], True, 1),
        ([1, 0], True, 1),
        ([NOT_STARTED, APIError("no room"), 0], True, 0),
        ([NOT_STARTED] * 4, False, 0),
        ([APIError("no such container")] * 4, False, 0),
    ],
)
def test_everything_is_ended_by_the_first_try_that_finds_room(monkeypatch, answers, is_done, left):
    asked = Engine(*answers)
    monkeypatch.setattr(execution, "engine", lambda: asked)

    assert execution.end_everything_of("a container", "1000:1000") is is_done
    assert len(asked.answers) == left
