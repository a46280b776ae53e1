"""Events from outside, which wake the steps that wait for them."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import JsonValue

from console.access import Actor, Permission, require
from console.errors import Problem
from console.storable import unstorable
from console.tenancy import InOrganization, ensure_owned
from orchestration import transitions
from orchestration.errors import EventInvalid
from orchestration.models import ReceivedEvent, StepRun
from orchestration.states import StepStatus

LONGEST_NAME = 255
#: How long an event is kept. Whoever waited for it has it long before; the sender's key is forgotten with it.
KEPT_DAYS = 30
_FORGOTTEN_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class EventReceipt:
    """What became of an event: how many steps it woke. It is kept in any case, for steps that begin to wait later."""

    event: ReceivedEvent
    delivered: int
    is_repeated: bool = False


def event_receive(
    *,
    actor: Actor,
    project: InOrganization,
    name: str,
    key: str = "",
    payload: JsonValue = None,
    idempotency_key: str = "",
) -> EventReceipt:
    """Keep an event and wake the steps of the project that wait for it, each once.

    The same `idempotency_key` again is the same event: nothing happens. Raises EventInvalid for names that are too
    long or empty, or a payload that can't be stored.
    """
    ensure_owned(actor, project)
    require(actor, Permission.RUN, project_id=project.pk)
    _check(name=name, key=key, payload=payload, idempotency_key=idempotency_key)
    event = ReceivedEvent(
        organization_id=actor.organization_id, project_id=project.pk, name=name, key=key, payload=payload,
        idempotency_key=idempotency_key,
    )  # fmt: skip
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError as error:
        if "received_event_once" not in str(error):
            raise
        known = ReceivedEvent.objects.get(project_id=project.pk, idempotency_key=idempotency_key)
        return EventReceipt(known, _delivered(known), is_repeated=True)
    return EventReceipt(event, _deliver(event))


def events_forget() -> int:
    """Delete events of long ago, a batch at a time, and return how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    old = ReceivedEvent.objects.filter(created_at__lt=before).order_by("pk")
    total = 0
    while batch := list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE]):
        total += ReceivedEvent.objects.filter(pk__in=batch).delete()[0]
    return total


def _deliver(event: ReceivedEvent) -> int:
    """Wake whoever waits. A step that begins to wait at this moment looks for kept events itself, after its commit."""
    waiting = StepRun.objects.filter(
        organization_id=event.organization_id, status=StepStatus.WAITING, event_name=event.name, event_key=event.key,
        run__project_id=event.project_id,
    ).values_list("id", flat=True)  # fmt: skip
    for step_id in waiting:
        transitions.take_kept_event(step_id)
    return _delivered(event)


def _delivered(event: ReceivedEvent) -> int:
    return StepRun.objects.filter(organization_id=event.organization_id, event_id=event.pk).count()


def _check(*, name: str, key: str, payload: JsonValue, idempotency_key: str) -> None:
    problems = list(unstorable({"name": name, "key": key, "payload": payload, "idempotency_key": idempotency_key}))
    if not name.strip():
        problems.append(Problem("Give the event a name.", "name"))
    problems += [
        Problem(f"Use at most {LONGEST_NAME} characters.", field)
        for field, value in (("name", name), ("key", key), ("idempotency_key", idempotency_key))
        if len(value) > LONGEST_NAME
    ]
    if problems:
        raise EventInvalid.of(problems)
