"""What people and programs are told when a part is away: which one, that nothing was lost, and what to do."""

import errno
import shutil
from typing import NamedTuple

import psycopg
import pytest
import redis
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError
from django.db.backends.utils import CursorWrapper
from django.test import Client

from console.access import Role
from console.models import User
from console.ops import doctor, health
from console.ops.degraded import BrokerAway, DatabaseAway, StorageFull, degradation
from evaluation.models import Dataset
from tests.console.api.conftest import api_as
from tests.factories import MembershipFactory
from tests.support.agents import published_agent, published_pipeline

NO_ROOM = OSError(errno.ENOSPC, "No space left on device")


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("connection refused"), DatabaseAway),
        (InterfaceError("the connection is closed"), DatabaseAway),
        (caused(OperationalError(), psycopg.errors.AdminShutdown()), DatabaseAway),
        (caused(OperationalError(), psycopg.errors.CannotConnectNow()), DatabaseAway),
        (caused(OperationalError(), psycopg.errors.TooManyConnections()), DatabaseAway),
        (caused(OperationalError(), psycopg.errors.DiskFull()), StorageFull),
        (caused(RuntimeError("could not keep the file"), NO_ROOM), StorageFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), StorageFull),
        (redis.ConnectionError(), BrokerAway),
        (redis.TimeoutError(), BrokerAway),
    ],
    ids=str,
)
def test_it_is_told_from_an_error_what_is_away(error, kind):
    assert isinstance(degradation(error), kind)


@pytest.mark.parametrize(
    "error",
    [
        None,
        ValueError("a fault of ours"),
        FileNotFoundError(errno.ENOENT, "no such file"),
        caused(OperationalError(), psycopg.errors.DeadlockDetected()),
        redis.ResponseError("wrong type"),
    ],
    ids=str,
)
def test_other_errors_are_not_taken_for_it(error):
    assert degradation(error) is None


@pytest.fixture
def person(project) -> User:
    return MembershipFactory(organization=project.organization).user


def test_a_page_says_that_the_database_is_away(person, monkeypatch):
    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    browser = Client(raise_request_exception=False)
    browser.force_login(person)
    with monkeypatch.context() as patched:
        patched.setattr(CursorWrapper, "execute", away)
        page = browser.get("/runs")
    assert page.status_code == 503
    assert "The database does not answer" in page.content.decode()
    assert "Nothing. What was saved before is kept" in page.content.decode()


def test_the_api_keeps_nothing_of_an_upload_for_which_there_is_no_room(admin, project, monkeypatch):
    def no_room(*_: object, **__: object) -> None:
        raise NO_ROOM

    api = api_as(project, Role.ORG_ADMIN)
    pipeline = published_pipeline(admin, project, published_agent(admin))
    monkeypatch.setattr(default_storage, "save", no_room)
    answer = api("POST", f"/api/v1/workflows/{pipeline.public_id}/tasks", [{"user": "Say hello."}])
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "storage_full")
    assert "Free some space" in error["details"]["fix"]
    assert not Dataset.objects.exists()


def test_healthz_and_the_doctor_say_that_the_disk_is_nearly_full(client, db, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 10**12, 5 * 1024**2))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["missing"]["disk"] == "Only 5 MB are free where CALLBOARD_HOME lies."
    disk = next(line for line in doctor.examine() if line.subject == "Disk")
    assert disk.fix


def test_system_health_can_be_read_while_the_broker_is_away(client, person, monkeypatch, settings):
    def away(*_: object) -> None:
        raise redis.ConnectionError

    client.force_login(person)
    monkeypatch.setattr("django.core.cache.cache.get", away)
    monkeypatch.setattr("django.core.cache.cache.set", away)
    monkeypatch.setattr(health.presence, "present", away)
    settings.REDIS_URL = "unix:///nowhere/broker.sock"
    assert "Start Redis or Valkey, or correct REDIS_URL." in client.get("/health/report").content.decode()
