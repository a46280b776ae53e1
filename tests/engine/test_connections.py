"""A worker's tasks share a pool of database connections, and a broken one harms only the task it broke in."""

from unittest import mock

from celery import signals
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from console.celery import app
from orchestration import tasks


def test_a_task_leaves_the_pool_of_connections_to_the_next_one():
    with mock.patch.object(connection, "close") as close:
        DjangoWorkerFixup(app).close_database()
    assert not close.called


def test_connections_are_looked_at_before_and_after_each_task():
    with mock.patch("django.db.close_old_connections") as looked:
        tasks.sweep.request_stack.push(mock.Mock(is_eager=False))
        try:
            signals.task_prerun.send(sender=tasks.sweep, task=tasks.sweep)
            signals.task_postrun.send(sender=tasks.sweep, task=tasks.sweep)
        finally:
            tasks.sweep.request_stack.pop()
    assert looked.call_count == 2
