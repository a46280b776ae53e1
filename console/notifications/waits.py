"""What is written when a step begins to wait for people, and when that is over.

The engine calls both in the transaction of the wait itself. A failure in here is noted and no more: a run must not
break because nobody could be told.
"""

import functools
import json
import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from console.live.people import tell_people
from console.models import Channel, Delivery, Notification, OutgoingWebhook, User
from console.notifications.hints import deliver_soon
from console.notifications.recipients import people_for, without_mail
from console.notifications.words import Words, asks_people, words_for
from console.signing_in import mail
from orchestration.deciding import deciders_of
from orchestration.graph import JsonObject
from orchestration.models import Run
from orchestration.views import graph_of

log = logging.getLogger(__name__)

EVENT = "run.waiting"
#: What a webhook is told of a wait: what one decides by, not the work itself.
_TOLD = ("type", "stage", "next", "target_stage", "prompt", "options", "retries", "issues", "timeout_seconds",
         "default_decision")  # fmt: skip


def begun(run_id: uuid.UUID, node_id: str, waiting_for: JsonObject) -> None:
    """Write who is to be told that a step waits. Waits that ask nothing of people tell nobody."""
    if not asks_people(waiting_for):
        return
    with _noted_failures(run_id):
        _write(run_id, node_id, waiting_for)


def ended(run_id: uuid.UUID, node_id: str | None = None) -> None:
    """Note that a step waits no longer, or that none of the run's does."""
    with _noted_failures(run_id):
        _settle(run_id, node_id)


@contextmanager
def _noted_failures(run_id: uuid.UUID) -> Iterator[None]:
    """Undo what the block wrote where it fails, and nothing else."""
    try:
        with transaction.atomic():
            yield
    except Exception:
        log.exception("people could not be told about run %s", run_id)


def _settle(run_id: uuid.UUID, node_id: str | None) -> None:
    now = timezone.now()
    waiting = Notification.objects.filter(run_id=run_id, settled_at=None)
    if node_id is not None:
        waiting = waiting.filter(node_id=node_id)
    told = list(waiting.values_list("user_id", flat=True).distinct())
    if told:
        waiting.filter(read_at=None).update(read_at=now)
        waiting.update(settled_at=now)
        transaction.on_commit(functools.partial(tell_people, told))


def _write(run_id: uuid.UUID, node_id: str, waiting_for: JsonObject) -> None:
    run = Run.objects.select_related("pipeline", "organization", "project").get(pk=run_id)
    words = words_for(waiting_for, run=str(run), pipeline=run.pipeline.name)
    people = people_for(run, deciders_of(graph_of(run.version_id).by_id[node_id].config))
    url = reverse("run", args=[run.public_id])
    Notification.objects.bulk_create(
        Notification(
            organization_id=run.organization_id, project_id=run.project_id, user=person, run=run, node_id=node_id,
            kind=str(waiting_for["type"]), title=words.title, body=words.body, url=url,
        )
        for person in people
    )  # fmt: skip
    deliveries = [*_mails(run, people, words, url), *_hooks(run, node_id, waiting_for, words, url)]
    Delivery.objects.bulk_create(deliveries)
    if deliveries:
        transaction.on_commit(deliver_soon)
    transaction.on_commit(functools.partial(tell_people, [person.pk for person in people]))


def _mails(run: Run, people: Sequence[User], words: Words, url: str) -> list[Delivery]:
    if not mail.is_configured() or not people:
        return []
    unwilling = without_mail(run, [*people])
    text = f"{words.title}\n\n{words.body}\n\n{settings.CALLBOARD_URL}{url}\n"
    return [_delivery(run, Channel.EMAIL, person.email, words, text) for person in people if person.pk not in unwilling]


def _hooks(run: Run, node_id: str, waiting_for: JsonObject, words: Words, url: str) -> list[Delivery]:
    hook = OutgoingWebhook.objects.filter(organization_id=run.organization_id, is_enabled=True).first()
    if hook is None:
        return []
    body = {
        "type": EVENT,
        "created_at": timezone.now().isoformat(),
        "organization": run.organization.slug,
        "project": run.project.public_id,
        "run": {
            "id": run.public_id, "title": run.title, "pipeline": run.pipeline.name,
            "url": f"{settings.CALLBOARD_URL}{url}",
        },
        "node_id": node_id,
        "title": words.title,
        "waiting_for": {key: waiting_for[key] for key in _TOLD if key in waiting_for},
    }  # fmt: skip
    return [_delivery(run, Channel.WEBHOOK, hook.url, words, json.dumps(body))]


def _delivery(run: Run, channel: Channel, target: str, words: Words, body: str) -> Delivery:
    return Delivery(
        organization_id=run.organization_id, channel=channel, target=target, event=EVENT, subject=words.title,
        body=body, run_id=run.pk, next_at=timezone.now(),
    )  # fmt: skip
