"""Sending what is due: mails and webhooks, each until it arrived or was tried often enough."""

import json
import logging
import random
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from agents.credentials import SecretUnreadable, reveal
from agents.outgoing.sending import NotSent, Request, send
from console.models import Channel, Delivery, DeliveryStatus, OutgoingWebhook
from console.notifications.signing import HEADER, signature
from console.signing_in import mail

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
FIRST_WAIT_SECONDS = 10
LONGEST_WAIT_SECONDS = 6 * 3600
_GROWTH = 4
#: How long whoever sends something has for it before another may try.
CLAIM_SECONDS = 120
TIMEOUT_SECONDS = 15
#: How long it can be looked up what was sent.
KEPT_DAYS = 30
#: What one task sends at most; the rest is left to the next.
MOST_AT_ONCE = 50
_GONE = 410
_LONGEST_ERROR = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt."""

    is_delivered: bool
    is_final: bool = False
    status: int | None = None
    error: str = ""


def deliver_due() -> int:
    """Send what is due; return how much was tried. Two at once send different things: each is claimed first."""
    due = Delivery.objects.filter(status=DeliveryStatus.PENDING, next_at__lte=timezone.now()).order_by("next_at")
    keys = list(due.values_list("pk", flat=True)[:MOST_AT_ONCE])
    return sum(_deliver(key) for key in keys)


def forget_old() -> int:
    """Delete what was sent, or given up, long ago; return how much that was."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    return int(Delivery.objects.filter(finished_at__lt=before).delete()[0])


def wait_seconds(attempts: int, *, chance: float) -> float:
    """Return the wait after so many attempts, the last quarter of it by chance (a number from 0 to 1)."""
    full = min(FIRST_WAIT_SECONDS * float(_GROWTH) ** (attempts - 1), LONGEST_WAIT_SECONDS)
    return float(full * (1 - 0.25 * chance))


def _deliver(key: uuid.UUID) -> bool:
    """Try one delivery, unless somebody else has taken it."""
    now = timezone.now()
    claimed = Delivery.objects.filter(pk=key, status=DeliveryStatus.PENDING, next_at__lte=now).update(
        next_at=now + timedelta(seconds=CLAIM_SECONDS), attempts=F("attempts") + 1
    )
    if not claimed:
        return False
    delivery = Delivery.objects.get(pk=key)
    outcome = _mail(delivery) if delivery.channel == Channel.EMAIL else _post(delivery)
    _note(delivery, outcome)
    return True


def _mail(delivery: Delivery) -> Outcome:
    if mail.send(to=delivery.target, subject=delivery.subject, text=delivery.body):
        return Outcome(is_delivered=True)
    return Outcome(is_delivered=False, error="The mail server did not take it. The worker's log says why.")


def _post(delivery: Delivery) -> Outcome:
    """Post a webhook, signed with what the organization's credential holds now."""
    hook = OutgoingWebhook.objects.filter(organization_id=delivery.organization_id).select_related("credential").first()
    if hook is None or hook.url != delivery.target:
        return Outcome(is_delivered=False, is_final=True, error="The webhook was taken away or changed.")
    try:
        secret = reveal(hook.credential)
    except SecretUnreadable as error:
        return Outcome(is_delivered=False, is_final=True, error=str(error))
    body = json.dumps({"id": delivery.public_id, **json.loads(delivery.body)}).encode()
    headers = {"Content-Type": "application/json", HEADER: signature(secret, body, at=int(time.time()))}
    try:
        answer = send(Request("POST", delivery.target, headers, body, timeout_s=TIMEOUT_SECONDS))
    except NotSent as error:
        return Outcome(is_delivered=False, is_final=not error.is_retryable, error=error.sentence)
    if answer.status // 100 == 2:  # noqa: PLR2004  # the statuses that mean success
        return Outcome(is_delivered=True, status=answer.status)
    said = answer.body[:_LONGEST_ERROR].decode(errors="replace").replace(secret, "•••")
    return Outcome(is_delivered=False, is_final=answer.status == _GONE, status=answer.status, error=said)


def _note(delivery: Delivery, outcome: Outcome) -> None:
    """Keep what became of an attempt, and when the next one is."""
    now = timezone.now()
    delivery.response_status, delivery.error = outcome.status, outcome.error.replace("\x00", "")[:_LONGEST_ERROR]
    if outcome.is_delivered:
        delivery.status = DeliveryStatus.DELIVERED
    elif outcome.is_final or delivery.attempts >= MOST_ATTEMPTS:
        delivery.status = DeliveryStatus.FAILED
    else:
        wait = wait_seconds(delivery.attempts, chance=random.random())  # noqa: S311  # jitter, nothing secret
        delivery.next_at = now + timedelta(seconds=wait)
    if delivery.status != DeliveryStatus.PENDING:
        delivery.next_at, delivery.finished_at = None, now
    delivery.save(update_fields=["response_status", "error", "status", "next_at", "finished_at"])
