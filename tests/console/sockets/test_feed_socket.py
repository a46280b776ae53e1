"""What the socket of a project lets in and says, over the real application, layer and database."""

import asyncio
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from console.live import announcer, consumers, feed
from console.live.people import tell_people
from console.models import BrowserSession, Notification
from orchestration.models import Run, Trigger
from orchestration.states import RunStatus
from tests.console.sockets.talking import opened, refused, said, session_of, tell
from tests.factories import MembershipFactory, PipelineVersionFactory, ProjectFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_feed_names_the_runs_of_its_own_project_that_changed(run, viewer, project):
    elsewhere = PipelineVersionFactory(pipeline__project=ProjectFactory(organization=project.organization))
    other = Run.objects.create(
        organization=project.organization, project=elsewhere.pipeline.project, pipeline=elsewhere.pipeline,
        version=elsewhere, status=RunStatus.RUNNING, trigger=Trigger.MANUAL,
    )  # fmt: skip

    async def watch():
        async with opened("/ws/feed", cookie=session) as made:
            await said(made, "ready")
            await database_sync_to_async(tell)(other)
            await database_sync_to_async(tell)(run, 3)
            return await said(made, "runs")

    session = session_of(viewer)
    assert asyncio.run(watch()) == {"type": "runs", "runs": [run.public_id]}


def test_the_feed_says_many_where_they_cannot_be_named(run, viewer, monkeypatch):
    monkeypatch.setattr(announcer, "MOST_NAMED", 0)

    async def watch():
        async with opened("/ws/feed", cookie=session) as made:
            await said(made, "ready")
            await database_sync_to_async(tell)(run)
            return await said(made, "runs")

    session = session_of(viewer)
    assert asyncio.run(watch()) == {"type": "runs", "runs": None}


def test_the_feed_is_gathered_once_for_all_its_sockets(run, viewer):
    async def watch():
        async with opened("/ws/feed", cookie=session) as one, opened("/ws/feed", cookie=session) as two:
            assert len(feed.project_feeds._hubs) == 1
            for made in (one, two):
                await said(made, "ready")
            await database_sync_to_async(tell)(run)
            return [(await said(made, "runs"))["runs"] for made in (one, two)]

    session = session_of(viewer)
    assert asyncio.run(watch()) == [[run.public_id]] * 2


def test_the_feed_counts_what_a_person_has_not_read_and_says_when_that_changes(run, viewer):
    mine = {"organization": run.organization, "project": run.project, "kind": "approval", "title": "It waits"}
    Notification.objects.create(user=viewer, **mine)
    Notification.objects.create(user=MembershipFactory(organization=run.organization).user, **mine)

    def another() -> None:
        Notification.objects.create(user=viewer, **mine)
        tell_people([viewer.pk])

    async def watch():
        async with opened("/ws/feed", cookie=session) as made:
            first = await said(made, "notifications")
            await database_sync_to_async(another)()
            return [first["unread"], (await said(made, "notifications"))["unread"]]

    session = session_of(viewer)
    assert asyncio.run(watch()) == [1, 2]


def test_an_expired_session_is_no_session(run, viewer):
    session = session_of(viewer)
    BrowserSession.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert refused("/ws/feed", cookie=session) == consumers.CLOSE_NOT_SIGNED_IN
