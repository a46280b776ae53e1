import csv
import uuid
from datetime import UTC, datetime

import pytest
from asgiref.sync import async_to_sync

from console import audit
from console.access import Actor, Role
from console.ids import to_public
from console.models import AuditEntry, User
from evaluation.explorer import key_at
from tests.console.pages.conftest import client_as
from tests.factories import MembershipFactory, ProjectFactory
from tests.support.answers import text

TRAIL = "/settings/audit"


async def _whole(stream) -> bytes:
    return b"".join([part async for part in stream])


def _sent(answer) -> str:
    """Return the body of an answer that is sent as it is read."""
    return async_to_sync(_whole)(answer.streaming_content).decode()


@pytest.fixture
def mara(project):
    return MembershipFactory(organization=project.organization, user__name="Mara <Okafor>", role=Role.MEMBER).user


@pytest.fixture
def happened(project):
    """Record something that a person, or nobody, did."""

    def record(action="project.rename", user: User | None = None, target=project, before=None, after=None):
        actor = Actor(organization_id=project.organization_id, user_id=user and user.pk, label=str(user or "Callboard"))
        audit.record(actor=actor, action=action, target=target, before=before, after=after)
        return AuditEntry.objects.latest("pk")

    return record


def test_it_says_who_did_what_and_what_that_changed(client, happened, mara):
    happened(user=mara, before={"name": "Refunds"}, after={"name": "Re<turns"})
    page = text(client.get(TRAIL))
    for words in ("Mara &lt;Okafor&gt;", "renamed a project", "Refunds", "Re&lt;turns"):
        assert words in page


def test_an_empty_trail_says_what_will_be_here(client):
    assert "No changes yet" in text(client.get(TRAIL))


def shown(client, **query) -> set[str]:
    return {row.entry.action for row in client.get(TRAIL, query).context["rows"]}


def test_it_is_filtered_by_person_action_and_target(client, happened, mara, project):
    other = ProjectFactory(organization=project.organization, name="Nightly returns")
    happened("agent.publish", user=mara)
    happened("project.rename")
    happened("project.create", target=other)
    assert shown(client, person=mara.public_id) == {"agent.publish"}
    assert shown(client, person="callboard") == {"project.rename", "project.create"}
    assert shown(client, action="project.create") == {"project.create"}
    assert shown(client, target=other.public_id) == shown(client, target="RETURNS") == {"project.create"}


def test_it_is_filtered_by_days_the_last_one_included(client, happened):
    for day in (1, 2, 3):
        entry = happened(("agent.register", "agent.publish", "agent.archive")[day - 1])
        AuditEntry.objects.filter(pk=entry.pk).update(id=key_at(datetime(2026, 5, day, 23, 59, tzinfo=UTC)))
    assert shown(client, **{"from": "2026-05-02", "to": "2026-05-02"}) == {"agent.publish"}
    assert shown(client, to="2026-05-02") == {"agent.register", "agent.publish"}


@pytest.mark.parametrize("query", [{"person": "x"}, {"action": "no.such"}, {"from": "yesterday"}, {"to": "9999-12-31"}])
def test_a_filter_that_does_not_fit_is_left_aside(client, happened, query):
    happened()
    assert shown(client, **query) == {"project.rename"}


def test_filters_that_nothing_fits_can_be_cleared(client, happened):
    happened()
    page = text(client.get(TRAIL, {"target": "nothing"}))
    assert ("No changes match" in page, "Clear filters" in page) == (True, True)


def test_a_page_is_read_with_few_queries_and_leads_to_the_older_ones(client, happened, django_assert_max_num_queries):
    for number in range(60):
        happened(after={"number": number})
    with django_assert_max_num_queries(8):
        page = client.get(TRAIL, {"action": "project.rename"})
    older = client.get(TRAIL + page.context["pager"].older)
    assert (len(page.context["rows"]), len(older.context["rows"])) == (50, 10)
    assert "action=project.rename" in page.context["pager"].older


def test_the_export_is_what_the_filters_ask_for_and_holds_no_formula(client, happened, mara):
    happened("agent.publish", user=mara)
    mara.name = "=HYPERLINK(1)"
    happened("project.rename", user=mara, after={"name": "x"})
    answer = client.get(f"{TRAIL}/export", {"action": "project.rename"})
    lines = list(csv.DictReader(_sent(answer).splitlines()))
    assert [(line["action"], line["person"], line["after"]) for line in lines] == [
        ("project.rename", "'=HYPERLINK(1)", '{"name": "x"}')
    ]
    assert "attachment" in answer["Content-Disposition"]


def test_another_organizations_entries_are_not_there(client):
    elsewhere = ProjectFactory()
    audit.record(actor=Actor(organization_id=elsewhere.organization_id), action="project.create", target=elsewhere)
    assert "No changes yet" in text(client.get(TRAIL))
    assert shown(client, target=elsewhere.public_id) == set()


def test_a_person_who_has_left_can_still_be_asked_for(client, happened):
    happened("agent.publish", user=User(id=uuid.uuid4(), email="gone@example.com"))
    happened()
    gone = AuditEntry.objects.get(action="agent.publish").actor_id
    assert shown(client, person=to_public("user", gone)) == {"agent.publish"}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_it_is_for_org_admins(project, role):
    client = client_as(project, role)
    assert (client.get(TRAIL).status_code, client.get(f"{TRAIL}/export").status_code) == (403, 403)


def test_wrong_methods_are_refused(client):
    assert (client.post(TRAIL).status_code, client.post(f"{TRAIL}/export").status_code) == (405, 405)
