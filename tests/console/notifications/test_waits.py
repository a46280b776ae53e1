import pytest
from django.db import DatabaseError

from console.access import Role
from console.models import Channel, Delivery, Notification, NotificationChoice, OutgoingWebhook
from console.notifications import waits
from console.notifications.reading import mark_read, notifications_for, unread_count
from orchestration.services.runs import run_cancel
from orchestration.services.stages import gate_decide
from orchestration.states import RunStatus
from tests.console.notifications.conftest import actor_for
from tests.engine.stages.conftest import GATED, POLISH, WRITE, worked
from tests.factories import MembershipFactory, ProjectFactory


def told() -> set:
    return set(Notification.objects.values_list("user_id", flat=True))


def test_those_who_may_decide_are_told(paused, project, member):
    organization = project.organization
    here = MembershipFactory(organization=organization, project=project, role=Role.MEMBER).user
    MembershipFactory(organization=organization, project=ProjectFactory(organization=organization), role=Role.MEMBER)
    MembershipFactory(organization=organization, role=Role.VIEWER)
    MembershipFactory(organization=organization, role=Role.MEMBER, user__is_active=False)
    MembershipFactory()
    run = paused()
    assert told() == {member.pk, here.pk}
    found = Notification.objects.filter(user=member).get()
    assert (found.kind, found.run_id, found.node_id) == ("approval", run.pk, "gate-0")
    assert found.url == f"/runs/{run.public_id}"
    assert found.title == "“Write” is done and waits for approval"


def test_a_person_with_several_memberships_is_told_once(paused, project, member):
    MembershipFactory(user=member, organization=project.organization, project=project, role=Role.MEMBER)
    paused()
    assert Notification.objects.filter(user=member).count() == 1


def test_only_approvers_are_told_where_there_is_a_list(paused, project, member):
    MembershipFactory(organization=project.organization, role=Role.ORG_ADMIN)
    paused({**WRITE, "approvalGate": {"approvers": [member.email]}}, POLISH)
    assert told() == {member.pk}


def test_only_a_role_is_told_where_one_is_named(paused, project, member):
    owner = MembershipFactory(organization=project.organization, role=Role.PROJECT_ADMIN_OWNER).user
    paused({**WRITE, "approvalGate": {"role": "project_admin_owner"}}, POLISH)
    assert told() == {owner.pk}


def test_a_decision_settles_it_for_everybody(paused, project, member, admin):
    other = MembershipFactory(organization=project.organization, role=Role.MEMBER).user
    run = paused()
    assert unread_count(actor_for(other)) == 1
    gate_decide(actor=actor_for(member), run=run, node_id="gate-0", decision="approve")
    assert unread_count(actor_for(other)) == 0
    assert Notification.objects.filter(settled_at=None).count() == 0


def test_cancelling_the_run_settles_it_too(paused, member, admin):
    run_cancel(actor=admin, run=paused())
    assert unread_count(actor_for(member)) == 0


def test_a_second_gate_tells_anew(paused, member, admin):
    run = paused(GATED, {**GATED, "name": "Translate"}, POLISH)
    gate_decide(actor=admin, run=run, node_id="gate-0", decision="approve")
    worked(run)
    titles = notifications_for(actor_for(member)).order_by("pk").values_list("title", flat=True)
    assert [title.split("”")[0] for title in titles] == ["“Write", "“Translate"]
    assert unread_count(actor_for(member)) == 1


def test_reading_is_ones_own(paused, project, member):
    other = MembershipFactory(organization=project.organization, role=Role.MEMBER).user
    paused()
    assert mark_read(actor=actor_for(member)) == 1
    assert mark_read(actor=actor_for(member)) == 0
    assert unread_count(actor_for(other)) == 1


@pytest.mark.parametrize("error", [DatabaseError("no room left"), KeyError("node")])
def test_a_run_waits_and_goes_on_even_if_nobody_can_be_told(paused, member, admin, monkeypatch, caplog, error):
    def broken(*_):
        raise error

    monkeypatch.setattr(waits, "people_for", broken)
    monkeypatch.setattr(waits, "_settle", broken)
    run = paused()
    assert (run.status, Notification.objects.count()) == (RunStatus.PAUSED, 0)
    gate_decide(actor=admin, run=run, node_id="gate-0", decision="approve")
    assert worked(run).status == RunStatus.COMPLETED
    assert caplog.text.count("people could not be told") == 2


@pytest.fixture
def mailing(settings):
    settings.CALLBOARD_SENDS_MAIL = True


def test_mails_are_written_for_those_who_want_them(paused, project, member, mailing):
    unwilling = MembershipFactory(organization=project.organization, role=Role.MEMBER).user
    NotificationChoice.objects.create(user=unwilling, organization=project.organization, by_email=False)
    run = paused()
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.target) == (Channel.EMAIL, member.email)
    assert delivery.body.endswith(f"/runs/{run.public_id}\n")


def test_without_a_mail_server_no_mail_is_written(paused, member):
    paused()
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_organizations_webhook_is_told_once_if_it_is_on(paused, project, member, admin, is_enabled):
    from agents.services.credentials import credential_create  # noqa: PLC0415

    OutgoingWebhook.objects.create(
        organization=project.organization, url="https://hooks.example.com/x", is_enabled=is_enabled,
        credential=credential_create(actor=admin, name="HOOK", value="a long secret"),
    )  # fmt: skip
    paused()
    assert Delivery.objects.filter(channel=Channel.WEBHOOK).count() == int(is_enabled)
