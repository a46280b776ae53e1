import json
import time
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.utils import timezone

from agents.errors import CredentialInUse
from agents.queries import credential_users_for
from agents.services.credentials import credential_create, credential_delete
from console.models import AuditEntry, Channel, Delivery, DeliveryStatus, OutgoingWebhook
from console.notifications import sending
from console.notifications.sending import KEPT_DAYS, MOST_ATTEMPTS, deliver_due, forget_old, wait_seconds
from console.notifications.settings import (
    NoWebhook,
    WebhookInvalid,
    webhook_remove,
    webhook_set,
    webhook_test,
)
from console.notifications.signing import is_signed
from tests.support.web_server import Answer, WebServer

SECRET = "a secret that is long"


@pytest.fixture
def receiver(settings):
    with WebServer() as server:
        settings.CALLBOARD_TRUSTED_HOSTS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def credential(admin):
    return credential_create(actor=admin, name="HOOK", value=SECRET)


@pytest.fixture
def hook(admin, credential, receiver) -> OutgoingWebhook:
    return webhook_set(actor=admin, url=f"{receiver.url}/hook", credential_id=credential.public_id)


def due_again() -> None:
    Delivery.objects.filter(status=DeliveryStatus.PENDING).update(next_at=timezone.now() - timedelta(seconds=1))


def test_what_is_sent_is_signed_and_says_what_it_is(admin, hook, receiver):
    delivery = webhook_test(actor=admin)
    assert deliver_due() == 1
    asked = receiver.requests[0]
    header = asked.headers["callboard-signature"]
    assert is_signed(header, SECRET, asked.body, now=int(time.time()))
    told = json.loads(asked.body)
    assert (told["type"], told["id"]) == ("webhook.test", delivery.public_id)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.response_status, delivery.attempts) == ("delivered", 200, 1)


def test_what_a_waiting_run_tells_a_webhook(paused, hook, receiver):
    run = paused()
    deliver_due()
    told = json.loads(receiver.requests[0].body)
    assert (told["type"], told["run"]["id"], told["node_id"]) == ("run.waiting", run.public_id, "gate-0")
    assert told["waiting_for"]["options"] == ["approve", "skip", "stop"]
    assert told["run"]["url"].endswith(f"/runs/{run.public_id}")


def test_what_was_delivered_is_not_sent_again(admin, hook, receiver):
    webhook_test(actor=admin)
    assert (deliver_due(), deliver_due()) == (1, 0)
    assert len(receiver.requests) == 1


def test_a_receiver_that_fails_is_tried_again_after_a_wait(admin, hook, receiver):
    receiver.script([Answer(status=503, body=b"busy"), Answer()])
    delivery = webhook_test(actor=admin)
    deliver_due()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.response_status, delivery.error) == ("pending", 503, "busy")
    assert delivery.next_at > timezone.now()
    assert deliver_due() == 0
    due_again()
    deliver_due()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.error) == ("delivered", 2, "")


def test_after_the_last_attempt_it_has_failed(admin, hook, receiver):
    receiver.script([Answer(status=500)] * MOST_ATTEMPTS)
    delivery = webhook_test(actor=admin)
    for _ in range(MOST_ATTEMPTS + 2):
        due_again()
        deliver_due()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("failed", MOST_ATTEMPTS)
    assert delivery.finished_at is not None


def test_a_receiver_that_is_gone_for_good_is_not_asked_again(admin, hook, receiver):
    receiver.script([Answer(status=410)])
    delivery = webhook_test(actor=admin)
    deliver_due()
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_a_private_address_is_not_asked(admin, hook, receiver, settings):
    settings.CALLBOARD_TRUSTED_HOSTS = []
    delivery = webhook_test(actor=admin)
    deliver_due()
    delivery.refresh_from_db()
    assert delivery.status == "failed"
    assert "private address" in delivery.error
    assert receiver.requests == []


def test_a_receiver_that_repeats_the_secret_does_not_get_it_into_the_list(admin, hook, receiver):
    receiver.script([Answer(status=400, body=f"you sent {SECRET}".encode())])
    delivery = webhook_test(actor=admin)
    deliver_due()
    delivery.refresh_from_db()
    assert SECRET not in delivery.error


def test_somebody_who_was_quicker_is_left_to_it(admin, hook, receiver):
    delivery = webhook_test(actor=admin)
    Delivery.objects.filter(pk=delivery.pk).update(next_at=timezone.now() + timedelta(seconds=60))
    assert sending._deliver(delivery.pk) is False
    assert receiver.requests == []


def test_what_was_on_its_way_to_an_old_webhook_is_given_up(admin, hook, receiver):
    delivery = webhook_test(actor=admin)
    webhook_remove(actor=admin)
    deliver_due()
    delivery.refresh_from_db()
    assert (delivery.status, receiver.requests) == ("failed", [])
    with pytest.raises(NoWebhook):
        webhook_test(actor=admin)


def test_a_mail_is_sent_once(project, settings):
    settings.CALLBOARD_SENDS_MAIL = True
    Delivery.objects.create(
        organization=project.organization, channel=Channel.EMAIL, target="ada@example.com", event="run.waiting",
        subject="A run waits", body="Have a look.", next_at=timezone.now(),
    )  # fmt: skip
    assert (deliver_due(), deliver_due()) == (1, 0)
    assert [(message.to, message.subject) for message in outbox.outbox] == [(["ada@example.com"], "A run waits")]


@pytest.mark.parametrize(
    ("url", "names_credential", "fields"),
    [
        ("ftp://x.example.com", True, {"url"}),
        ("https://u:p@x.example.com", True, {"url"}),
        ("http://169.254.169.254/", True, {"url"}),
        ("https://x.example.com", False, {"credential_id"}),
        ("", False, {"url", "credential_id"}),
    ],
)
def test_everything_wrong_with_a_webhook_is_said_at_once(admin, credential, url, names_credential, fields):
    chosen = credential.public_id if names_credential else ""
    with pytest.raises(WebhookInvalid) as caught:
        webhook_set(actor=admin, url=url, credential_id=chosen)
    assert {problem.dotted_path for problem in caught.value.problems} == fields


def test_the_trail_says_who_changed_the_webhook_and_not_the_secret(admin, hook):
    entry = AuditEntry.objects.get(action="webhook.set")
    assert entry.after == {"url": hook.url, "credential": "HOOK", "is_enabled": True}


@pytest.mark.parametrize("attempts", range(1, MOST_ATTEMPTS + 1))
def test_waits_grow_up_to_a_limit(attempts):
    shortest, longest = (wait_seconds(attempts, chance=chance) for chance in (1.0, 0.0))
    assert 7.5 <= shortest < longest <= 6 * 3600


def test_the_credential_that_signs_can_not_be_taken_away(admin, hook, credential):
    with pytest.raises(CredentialInUse, match="the outgoing webhook"):
        credential_delete(actor=admin, credential=credential)
    assert credential_users_for(admin)[credential.public_id] == ["the outgoing webhook"]


def test_what_ended_long_ago_is_forgotten_and_what_is_on_its_way_is_not(admin, hook):
    ended, under_way = webhook_test(actor=admin), webhook_test(actor=admin)
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS + 1)
    Delivery.objects.filter(pk=ended.pk).update(status=DeliveryStatus.FAILED, finished_at=long_ago)
    assert forget_old() == 1
    assert Delivery.objects.get() == under_way
