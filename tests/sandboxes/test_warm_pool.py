"""Which sandboxes are parked, tried with a shelf in memory."""

import time

import pytest

from sandboxes import warm_pool
from sandboxes.backends.fake import FakeBackend
from sandboxes.base import BackendConfig, Limits, SandboxSpec
from sandboxes.errors import SandboxUnavailable
from sandboxes.folders import SandboxFolder
from sandboxes.warm import Parked, WarmShelf
from sandboxes.warm_pool import BUSY, MOST_PARKED, RECENT_SECONDS, WarmPool, wanted

SPEC = SandboxSpec(labels={"step": "s"})


class Shelf(WarmShelf):
    def __init__(self, backend):
        self.backend = backend
        self.here = []
        self.ended = []
        self.specs = []

    def key(self, spec):
        return f"{spec.limits.pids}"

    def park(self, spec, *, group, owner):
        self.specs.append(spec)
        folder = SandboxFolder.of(self.backend.shared_root(), str(len(self.specs)))
        self.here.append((folder, Parked(self.key(spec), group, owner, "container")))

    def take(self, spec):
        found = next((one for one in self.here if one[1].key == self.key(spec)), None)
        if found is None:
            return None
        self.here.remove(found)
        return self.backend.open(spec)

    def parked(self):
        return list(self.here)

    def end(self, folder, parked):
        self.here.remove((folder, parked))
        self.ended.append(parked)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(FakeBackend(BackendConfig(tmp_path / "root")))


@pytest.fixture
def current():
    """The groups that are of use."""
    return {"v1", "v2"}


@pytest.fixture
def pool(shelf, current, monkeypatch):
    monkeypatch.setattr(warm_pool, "REFILL_SECONDS", 600)  # the tests tend it themselves
    monkeypatch.setattr(warm_pool, "free_memory", lambda: 1.0)
    made = WarmPool(shelf.backend, shelf, most=2, current=lambda groups: [one for one in groups if one in current])
    yield made
    made.close()


@pytest.mark.parametrize(
    ("ages", "most", "count"),
    [([], 2, 0), ([1], 2, 1), ([1, 2], 2, 1), ([1] * BUSY, 2, 2), ([1] * BUSY, 1, 1), ([1] * BUSY, 0, 0),
     ([RECENT_SECONDS + 1], 2, 0), ([RECENT_SECONDS + 1, 1, 2], 2, 1)],
)  # fmt: skip
def test_as_many_are_wanted_as_were_opened_lately(ages, most, count):
    assert wanted([1000 - age for age in ages], 1000, most) == count


def test_what_was_opened_once_is_parked_once(pool, shelf):
    pool.open(SPEC, "v1")
    pool.tend()
    pool.tend()

    assert [parked.group for _, parked in shelf.here] == ["v1"]


def test_what_is_parked_is_given_out_and_parked_anew(pool, shelf):
    for _ in range(BUSY):
        pool.open(SPEC, "v1")
    pool.tend()
    assert len(shelf.here) == 2

    pool.open(SPEC, "v1")
    assert len(shelf.here) == 1
    pool.tend()

    assert len(shelf.here) == 2


def test_what_is_parked_knows_nothing_of_the_run_it_was_parked_for(pool, shelf, tmp_path):
    pool.open(SandboxSpec(labels={"step": "s"}, proxy_socket=tmp_path, egress_socket=tmp_path), "v1")
    pool.tend()

    [spec] = shelf.specs
    assert (spec.labels, spec.proxy_socket, spec.egress_socket) == ({}, None, None)


def test_what_nobody_opened_for_long_is_ended(pool, shelf):
    pool.open(SPEC, "v1")
    pool.tend()

    pool.tend(now=time.monotonic() + RECENT_SECONDS + 1)

    assert (len(shelf.here), len(shelf.ended)) == (0, 1)


def test_an_old_versions_are_ended(pool, shelf, current):
    pool.open(SPEC, "v1")
    pool.tend()
    current.remove("v1")

    pool.tend()

    assert (len(shelf.here), len(shelf.ended)) == (0, 1)


def test_what_became_another_is_ended_and_parked_anew(pool, shelf):
    pool.open(SPEC, "v1")
    pool.tend()

    pool.open(SandboxSpec(limits=Limits(pids=64)), "v1")
    pool.tend()

    assert [parked.key for _, parked in shelf.here] == ["64"]
    assert [parked.key for parked in shelf.ended] == ["512"]


def test_where_memory_is_scarce_nothing_is_kept(pool, shelf, monkeypatch):
    pool.open(SPEC, "v1")
    pool.tend()
    monkeypatch.setattr(warm_pool, "free_memory", lambda: 0.05)

    pool.tend()

    assert (len(shelf.here), len(shelf.ended)) == (0, 1)


def test_what_others_have_parked_counts_and_is_theirs(pool, shelf):
    shelf.park(SPEC, group="v1", owner="another")
    pool.open(SandboxSpec(limits=Limits(pids=64)), "v1")
    pool.open(SPEC, "v1")
    shelf.park(SPEC, group="v1", owner="another")

    pool.tend()
    pool.tend(now=time.monotonic() + RECENT_SECONDS + 1)

    assert [parked.owner for _, parked in shelf.here] == ["another"]


def test_a_machine_parks_only_so_many(pool, shelf):
    for number in range(MOST_PARKED):
        shelf.park(SPEC, group=f"x{number}", owner="another")
    pool.open(SandboxSpec(limits=Limits(pids=64)), "v2")

    pool.tend()

    assert len(shelf.here) == MOST_PARKED


def test_at_its_end_nothing_of_its_own_is_left(pool, shelf):
    shelf.park(SPEC, group="v1", owner="another")
    pool.open(SandboxSpec(limits=Limits(pids=64)), "v2")
    pool.tend()

    pool.close()

    assert [parked.owner for _, parked in shelf.here] == ["another"]


def test_where_nothing_can_be_parked_sandboxes_are_opened(pool, shelf, monkeypatch):
    def refuse(*_, **__):
        raise SandboxUnavailable("The engine is away.")

    monkeypatch.setattr(shelf, "park", refuse)
    pool.open(SPEC, "v1")
    with pytest.raises(SandboxUnavailable):
        pool.tend()

    assert pool.open(SPEC, "v1") is not None


def test_the_memory_that_is_free_is_told_by_the_kernel():
    assert 0 < warm_pool.free_memory() <= 1
