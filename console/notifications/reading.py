"""What a person is notified of: their own, in the present organization, of projects they may still see."""

import functools
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from console.access import Actor, Permission, require
from console.live.people import tell_people
from console.models import Notification

#: More are shown as “99+”, and not counted.
MOST_COUNTED = 100


def notifications_for(actor: Actor) -> "QuerySet[Notification]":
    rows: QuerySet[Notification] = Notification.objects.visible_to(actor)
    return rows.none() if actor.user_id is None else rows.filter(user_id=actor.user_id)


def unread_count(actor: Actor) -> int:
    """Return how many were not read, at most MOST_COUNTED."""
    return notifications_for(actor).filter(read_at=None)[:MOST_COUNTED].count()


def mark_read(*, actor: Actor, notifications: "Iterable[Notification] | None" = None) -> int:
    """Mark these as read, or all there are; return how many were not yet.

    Whoever may not answer is notified of nothing, and so has nothing to mark.
    """
    require(actor, Permission.RUN)
    rows = notifications_for(actor).filter(read_at=None)
    if notifications is not None:
        rows = rows.filter(pk__in=[notification.pk for notification in notifications])
    marked = rows.update(read_at=timezone.now())
    if marked and actor.user_id is not None:
        transaction.on_commit(functools.partial(tell_people, [actor.user_id]))
    return marked
