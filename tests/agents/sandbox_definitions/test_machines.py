import redis

from agents.sandbox_definitions import machines
from sandboxes import registry
from sandboxes.backends.fake import FakeBackend
from sandboxes.capabilities import Capabilities, Wish
from sandboxes.errors import SandboxUnavailable


class Able(FakeBackend):
    def capabilities(self):
        return Capabilities("fake", {Wish.PIDS: "No."}, 4, ("runc",))


def forget(settings):
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter(match="callboard:sandboxes:*"):
        client.delete(key)


def test_what_a_worker_notes_is_known_where_there_is_no_engine(settings, monkeypatch):
    forget(settings)
    monkeypatch.setattr(registry, "choose", Able)
    machines.note()
    monkeypatch.setattr(registry, "choose", lambda: 1 / 0)

    assert machines.machines() == [Capabilities("fake", {Wish.PIDS: "No."}, 4, ("runc",))]
    forget(settings)


def test_where_nobody_has_noted_anything_this_machine_is_asked(settings, monkeypatch):
    forget(settings)
    monkeypatch.setattr(registry, "choose", Able)

    assert [machine.backend for machine in machines.machines()] == ["fake"]


def test_where_no_sandbox_can_be_opened_nothing_is_noted_and_nothing_known(settings, monkeypatch):
    forget(settings)

    def nothing():
        raise SandboxUnavailable("There is none.")

    monkeypatch.setattr(registry, "choose", nothing)
    machines.note()

    assert machines.machines() == []


def test_a_broker_that_is_away_leaves_this_machine_to_be_asked(settings, monkeypatch):
    settings.REDIS_URL = "unix:///nowhere.sock"
    monkeypatch.setattr(registry, "choose", Able)
    machines.note()

    assert [machine.backend for machine in machines.machines()] == ["fake"]
