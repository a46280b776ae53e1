"""How people and organizations want to be told."""

import json
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agents.models import Credential
from agents.outgoing.urls import url_problem
from console import audit
from console.access import Actor, Permission, require
from console.errors import Conflict, Invalid, Problem
from console.ids import from_public
from console.models import Channel, Delivery, NotificationChoice, OutgoingWebhook, User
from console.notifications.hints import deliver_soon
from console.notifications.signing import HEADER

TEST_EVENT = "webhook.test"


class WebhookInvalid(Invalid):
    code = "webhook_invalid"


class NoWebhook(Conflict):
    code = "no_webhook"


def wants_mail(actor: Actor) -> bool:
    """Say whether a person wants mails from the organization: yes, until they say no."""
    choice = NotificationChoice.objects.visible_to(actor).filter(user_id=actor.user_id).first()
    return choice is None or choice.by_email


def choice_set(*, actor: Actor, person: User, by_email: bool) -> None:
    """Keep how a person wants to be told in the actor's organization; whoever may not answer is told nothing."""
    require(actor, Permission.RUN)
    NotificationChoice.objects.update_or_create(
        user=person, organization_id=actor.organization_id, defaults={"by_email": by_email}
    )
    audit.record(actor=actor, action="account.notifications", target=person, after={"by_email": by_email})


def webhook_of(actor: Actor) -> OutgoingWebhook | None:
    require(actor, Permission.MANAGE_ORGANIZATION)
    hooks: QuerySet[OutgoingWebhook] = OutgoingWebhook.objects.visible_to(actor)
    return hooks.select_related("credential").first()


def deliveries_for(actor: Actor) -> "QuerySet[Delivery]":
    require(actor, Permission.MANAGE_ORGANIZATION)
    deliveries: QuerySet[Delivery] = Delivery.objects.visible_to(actor)
    return deliveries


@transaction.atomic
def webhook_set(*, actor: Actor, url: str, credential_id: str, is_enabled: bool = True) -> OutgoingWebhook:
    """Have the organization told at a URL; raise WebhookInvalid with all that is wrong with it."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    url = url.strip()
    credential = _credential(actor, credential_id)
    problems = [Problem(problem, "url")] if (problem := url_problem(url)) else []
    if credential is None:
        problems.append(Problem("Choose the credential that signs what is sent.", "credential_id"))
    if problems or credential is None:
        raise WebhookInvalid.of(problems)
    hook, _ = OutgoingWebhook.objects.update_or_create(
        organization_id=actor.organization_id,
        defaults={"url": url, "credential": credential, "is_enabled": is_enabled},
    )
    after = {"url": url, "credential": credential.name, "is_enabled": is_enabled}
    audit.record(actor=actor, action="webhook.set", target=hook, after=after)
    return hook


@transaction.atomic
def webhook_remove(*, actor: Actor) -> None:
    """Tell nobody outside any more. What is on its way is given up."""
    hook = webhook_of(actor)
    if hook is None:
        raise NoWebhook("There is no webhook to take away.")
    audit.record(actor=actor, action="webhook.remove", target=hook, before={"url": hook.url})
    hook.delete()


@transaction.atomic
def webhook_test(*, actor: Actor) -> Delivery:
    """Send a test; what became of it stands in the list of deliveries."""
    hook = webhook_of(actor)
    if hook is None:
        raise NoWebhook("Save a webhook first.")
    body = {
        "type": TEST_EVENT, "created_at": timezone.now().isoformat(), "sent_by": actor.label,
        "from": settings.CALLBOARD_URL, "signature_header": HEADER,
    }  # fmt: skip
    delivery: Delivery = Delivery.objects.create(
        organization_id=actor.organization_id, channel=Channel.WEBHOOK, target=hook.url, event=TEST_EVENT,
        subject="A test", body=json.dumps(body), next_at=timezone.now(),
    )  # fmt: skip
    audit.record(actor=actor, action="webhook.test", target=hook)
    transaction.on_commit(deliver_soon)
    return delivery


def _credential(actor: Actor, public_id: str) -> Credential | None:
    key: uuid.UUID | None = from_public(Credential.ID_PREFIX, public_id)
    if key is None:
        return None
    found: Credential | None = Credential.objects.visible_to(actor).filter(agent=None, pk=key).first()
    return found
