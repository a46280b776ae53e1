"""The scheduler looks for changes of its table now and then, not each time it is asked."""

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from console import beat
from console.celery import app

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""
    now = [1000.0]
    monkeypatch.setattr(beat.time, "monotonic", lambda: now[0])
    # It would close the connection that holds the test's transaction.
    monkeypatch.setattr("django_celery_beat.schedulers.close_old_connections", lambda: None)
    return now


def change() -> None:
    every_minute, _ = IntervalSchedule.objects.get_or_create(every=60, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.update_or_create(name="another", defaults={"task": "another", "interval": every_minute})


def test_a_change_of_the_schedule_is_seen_after_some_seconds(clock):
    change()
    scheduler = beat.Scheduler(app, lazy=True)
    scheduler.schedule_changed()
    change()
    assert not scheduler.schedule_changed()
    clock[0] += beat.LOOK_SECONDS
    assert scheduler.schedule_changed()


def test_looking_again_at_once_asks_the_database_nothing(clock, django_assert_num_queries):
    scheduler = beat.Scheduler(app, lazy=True)
    scheduler.schedule_changed()
    with django_assert_num_queries(0):
        scheduler.schedule_changed()
