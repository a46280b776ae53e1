import pytest
from django.db import connection

from console.ops import doctor, doctor_work
from sandboxes.report import Level
from tests.engine.conftest import chain, note, start  # noqa: F401  # a fixture


def lines(subject: str) -> list[doctor.Line]:
    return [line for line in doctor._work() if line.subject == subject]


def test_steps_that_wait_for_a_worker_are_told_by_queue(start):  # noqa: F811  # the fixture
    start(chain(note("a")))
    found = lines("Queue control")
    assert found[0].level is Level.OK
    assert found[0].text.startswith("1 step ready")


def test_one_that_waits_too_long_asks_for_workers(start):  # noqa: F811  # the fixture
    start(chain(note("a")))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestration_steprun SET created_at = now() - interval '2 minutes'")
    found = lines("Queue control")
    assert found[0].level is Level.WARNING
    assert "more workers" in found[0].fix


def test_a_database_of_an_older_version_is_an_error(db, monkeypatch):
    assert doctor_work.migrations_to_come() == []
    monkeypatch.setattr(doctor_work, "migrations_to_come", lambda: ["console.0002_more"])
    assert lines("Migrations")[0].level is Level.ERROR


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://127.0.0.1:8000", False), ("https://c.example", False), ("http://c.example", True)],
)
def test_an_address_that_others_reach_without_tls_is_told(settings, url, expected):
    settings.CALLBOARD_URL = url
    assert doctor_work.is_in_the_clear() is expected
