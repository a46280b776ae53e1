"""Containers that are started, and helpers that do one thing and are gone."""

import pytest
from docker.errors import APIError

from sandboxes.backends.docker import lifecycle
from sandboxes.backends.docker.engine import engine
from sandboxes.images import BASE_IMAGE

pytestmark = pytest.mark.docker

FAILED = "OCI runtime create failed"
EMPTY = "failed to read /var/lib/docker/overlay2/00b6/merged/home/user/workspace: no such file or directory"
LABELS = {"callboard.test": "helper"}


class Engine:
    """An engine whose runtime fails to start containers, with these words, one after the other."""

    def __init__(self, *refusals: str) -> None:
        self.refusals = list(refusals)
        self.created = 0
        self.removed: list[str] = []

    def create(self) -> "Engine":
        self.created += 1
        return self

    @property
    def id(self) -> str:
        return str(self.created)

    def start(self) -> None:
        if self.refusals:
            raise APIError(self.refusals.pop(0))


def left():
    return engine().api.containers(all=True, filters={"label": "callboard.test=helper"})


def test_a_helper_says_what_it_prints_and_is_gone(docker):
    said = lifecycle.helped(BASE_IMAGE, ["sh", "-c", "echo said; echo beside >&2"], network_mode="none", labels=LABELS)

    assert said == b"said\n"
    assert left() == []


def test_a_helper_that_fails_says_why_and_is_gone(docker):
    with pytest.raises(lifecycle.HelperFailed, match=r"^why$"):
        lifecycle.helped(BASE_IMAGE, ["sh", "-c", "echo why >&2; exit 3"], network_mode="none", labels=LABELS)

    assert left() == []


@pytest.mark.parametrize(
    ("refusals", "removed", "problem"),
    [
        ([], [], None),
        ([FAILED, FAILED], ["1", "2"], None),
        ([EMPTY], ["1"], None),
        ([FAILED] * 4, ["1", "2", "3", "4"], FAILED),
        (["no such runtime"], ["1"], "no such runtime"),
    ],
)
def test_where_the_runtime_fails_another_container_is_started(monkeypatch, refusals, removed, problem):
    asked = Engine(*refusals)
    monkeypatch.setattr(lifecycle, "remove", asked.removed.append)
    monkeypatch.setattr(lifecycle.time, "sleep", lambda _: None)
    if problem is None:
        assert lifecycle.started(asked.create).id == str(len(removed) + 1)
    else:
        with pytest.raises(APIError, match=problem):
            lifecycle.started(asked.create)

    assert asked.removed == removed
