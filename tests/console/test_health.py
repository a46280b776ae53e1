import pytest
import redis

from console.access import Role
from console.ops import health, presence
from console.ops.doctor import examine, worst
from sandboxes.report import Level
from tests.factories import MembershipFactory


@pytest.fixture
def everything_here(monkeypatch):
    names = {f"worker-{queue}" for queue in health.QUEUES} | {"beat"}
    monkeypatch.setattr(presence, "present", lambda: names)
    return names


def test_healthz_is_ok_when_everything_is_there(client, db, everything_here):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("missing", ["worker-control", "worker-agents", "worker-builds", "beat"])
def test_healthz_names_what_is_not_there(client, db, everything_here, missing):
    everything_here.discard(missing)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert set(answer.json()["missing"]) == {missing}


def test_healthz_survives_a_broker_that_is_away(client, db, monkeypatch):
    def away() -> set[str]:
        raise redis.ConnectionError

    monkeypatch.setattr(presence, "present", away)
    assert set(client.get("/healthz").json()["missing"]) == {"broker"}


def test_a_name_that_was_called_out_is_there():
    presence.note("worker-test")
    assert "worker-test" in presence.present()


def test_a_name_that_was_called_out_elsewhere_is_not_here(monkeypatch):
    monkeypatch.setattr(presence.socket, "gethostname", lambda: "elsewhere")
    presence.note("worker-elsewhere")
    monkeypatch.undo()
    assert "worker-elsewhere" in presence.present()
    assert "worker-elsewhere" not in presence.present_here()


def test_the_doctor_says_how_to_mend_what_does_not_work(db):
    lines = examine()
    assert {line.section for line in lines} == {"Processes", "Sandboxes", "Storage and keys"}
    assert all(line.fix for line in lines if line.level is Level.ERROR)
    assert worst(lines) in set(Level)


def test_the_page_is_for_org_admins(client, project):
    client.force_login(MembershipFactory(organization=project.organization, role=Role.MEMBER).user)
    assert client.get("/health").status_code == 403
    client.force_login(MembershipFactory(organization=project.organization).user)
    assert client.get("/health").status_code == 200
    assert "Key ring" in client.get("/health/report").content.decode()
