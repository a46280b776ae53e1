"""Which backend is taken."""

import pytest
from django.test import override_settings

from sandboxes import registry
from sandboxes.backends.fake import FakeBackend
from sandboxes.base import SandboxSpec
from sandboxes.errors import SandboxUnavailable, UnknownBackend

OBSTACLE = SandboxUnavailable("It is not there.", fix="Fetch it.")


@pytest.fixture
def backends(monkeypatch):
    """Docker and bubblewrap as they are said to be: `{"docker": None or what stands in its way, …}`."""

    def put(**obstacles):
        made = {name: FakeBackend(unavailable=obstacle) for name, obstacle in obstacles.items()}
        for name, backend in made.items():
            backend.name = name
        monkeypatch.setattr(registry, "_made", lambda name, _config: made[name])
        registry._chosen.cache_clear()
        return made

    yield put
    registry._chosen.cache_clear()


def test_auto_takes_docker_where_it_is_ready(backends):
    made = backends(docker=None, bubblewrap=None)

    assert registry.choose("auto") is made["docker"]


def test_auto_takes_bubblewrap_where_docker_is_not(backends):
    made = backends(docker=OBSTACLE, bubblewrap=None)

    assert registry.choose("auto") is made["bubblewrap"]


def test_auto_runs_nothing_unisolated_where_there_is_neither(backends):
    backends(docker=SandboxUnavailable("No engine.", fix="Start it."), bubblewrap=OBSTACLE)

    with pytest.raises(SandboxUnavailable) as refused:
        registry.choose("auto")

    assert refused.value.code == "sandbox_unavailable"
    assert "No engine." in refused.value.message
    assert refused.value.fix == "Fetch it. Or: Start it."


def test_a_named_backend_is_never_stood_in_for(backends):
    backends(docker=OBSTACLE, bubblewrap=None)

    with pytest.raises(SandboxUnavailable, match="It is not there"):
        registry.choose("docker")


def test_the_installations_own_setting_is_what_counts_by_default(backends):
    made = backends(docker=None, bubblewrap=None)

    with override_settings(CALLBOARD_SANDBOX="bubblewrap"):
        assert registry.choose() is made["bubblewrap"]


def test_an_unknown_name_fails_with_the_known_ones():
    with pytest.raises(UnknownBackend, match="auto, docker, bubblewrap"):
        registry.choose("chroot")


def test_the_doctor_hears_of_every_backend(backends):
    backends(docker=None, bubblewrap=None)

    assert [report.name for report in registry.check_all()] == ["docker", "bubblewrap"]


def test_reaping_passes_over_what_is_not_there(backends):
    made = backends(docker=OBSTACLE, bubblewrap=None)
    made["bubblewrap"].open(SandboxSpec(labels={"run": "mine"}))

    assert registry.reap(lambda labels: labels["run"] == "other") == 1


@pytest.mark.parametrize("name", sorted(registry.BACKENDS))
def test_every_backend_can_be_made(name):
    assert registry.backend(name).name == name


def test_a_setting_that_changed_counts_at_once(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "BACKENDS", {"fake": "sandboxes.backends.fake.FakeBackend"})
    before = registry.choose("fake")
    settings.CALLBOARD_CA_BUNDLE = str(tmp_path / "other.crt")

    assert registry.choose("fake") is not before
