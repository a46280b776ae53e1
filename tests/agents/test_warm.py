"""Which of an agent's sandboxes are parked, and by whom."""

import time

import pytest

from agents import warm
from agents.services.agents import agent_archive, agent_publish, agent_update
from sandboxes import warm_pool
from sandboxes.backends.fake import FakeBackend
from sandboxes.base import BackendConfig, SandboxSpec
from tests.sandboxes.test_warm_pool import Shelf
from tests.support.agents import function, published_agent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backend(tmp_path, monkeypatch):
    made = FakeBackend(BackendConfig(tmp_path / "root"))
    shelf = Shelf(made)
    monkeypatch.setattr(made, "warm_shelf", lambda: shelf, raising=False)
    monkeypatch.setattr(warm_pool, "REFILL_SECONDS", 0)
    monkeypatch.setattr(warm_pool, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(warm_pool, "free_memory", lambda: 1.0)
    yield made
    warm.turn_off()


@pytest.fixture
def agent(admin):
    return published_agent(admin)


def eventually(condition) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(condition())


def test_a_worker_parks_one_for_an_agent_that_ran(backend, agent):
    warm.turn_on()

    warm.opened(backend, SandboxSpec(labels={"step": "s"}), agent.latest)

    shelf = backend.warm_shelf()
    assert eventually(lambda: [parked.group for _, parked in shelf.here] == [str(agent.latest.pk)])
    assert len(backend.opened) == 1


def test_who_is_no_worker_parks_nothing(backend, agent):
    warm.opened(backend, SandboxSpec(), agent.latest)

    assert warm._pools == {}


def test_none_are_parked_where_the_operator_wants_none(backend, agent, settings):
    settings.CALLBOARD_WARM_SANDBOXES = 0
    warm.turn_on()

    warm.opened(backend, SandboxSpec(), agent.latest)

    assert warm._pools == {}


def test_a_backend_that_opens_at_once_is_left_alone(agent):
    warm.turn_on()
    backend = FakeBackend()

    warm.opened(backend, SandboxSpec(), agent.latest)

    assert (len(backend.opened), warm._pools) == (1, {})
    warm.turn_off()


def test_a_new_version_ends_what_waits_for_the_old_one(backend, agent, admin):
    warm.turn_on()
    warm.opened(backend, SandboxSpec(), agent.latest)
    shelf = backend.warm_shelf()
    assert eventually(lambda: shelf.here)

    spec = {**agent.draft, "source": {"kind": "paste", "code": function("return 'new'")}}
    agent_update(actor=admin, agent=agent, name=agent.name, spec=spec)
    agent_publish(actor=admin, agent=agent)

    assert eventually(lambda: shelf.ended and not shelf.here)


def test_an_archived_agent_has_none(backend, agent, admin):
    warm.turn_on()
    warm.opened(backend, SandboxSpec(), agent.latest)
    shelf = backend.warm_shelf()
    assert eventually(lambda: shelf.here)

    agent_archive(actor=admin, agent=agent)

    assert eventually(lambda: shelf.ended and not shelf.here)


def test_turning_off_ends_what_is_parked(backend, agent):
    warm.turn_on()
    warm.opened(backend, SandboxSpec(), agent.latest)
    shelf = backend.warm_shelf()
    assert eventually(lambda: shelf.here)

    warm.turn_off()

    assert (len(shelf.here), len(shelf.ended), warm._pools) == (0, 1, {})
