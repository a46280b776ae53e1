import pytest
from django.test import Client

from agents.services.credentials import credential_create
from console.access import Role
from console.models import Delivery, Notification, NotificationChoice, OutgoingWebhook
from tests.factories import MembershipFactory, ProjectFactory


@pytest.fixture
def person(project):
    return MembershipFactory(organization=project.organization, role=Role.MEMBER).user


@pytest.fixture
def client(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def admin_client(project) -> Client:
    client = Client()
    client.force_login(MembershipFactory(organization=project.organization).user)
    return client


def notified(project, person, title="“Write” waits", **more) -> Notification:
    return Notification.objects.create(
        organization=project.organization, project=project, user=person, kind="approval", title=title,
        body="Letters: A greeting", url="/runs/run_01K9X4Z7QD8M3V5T2B6N8C1F0A", **more,
    )  # fmt: skip


def test_what_waits_is_listed_the_newest_first(client, project, person):
    notified(project, person, "The first")
    notified(project, person, "The second")
    notified(project, MembershipFactory(organization=project.organization).user, "Somebody else’s")
    page = client.get("/notifications").content.decode()
    assert page.index("The second") < page.index("The first")
    assert "Somebody else’s" not in page


def test_it_costs_the_same_however_long(client, project, person, django_assert_max_num_queries):
    for count in (1, 20):
        for _ in range(count):
            notified(project, person)
        with django_assert_max_num_queries(5):  # session, user, memberships, projects; rows
            client.get("/notifications")


def test_an_empty_list_says_what_it_is_for(client):
    assert "No notifications yet" in client.get("/notifications").content.decode()


def test_opening_one_marks_it_as_read_and_leads_to_its_run(client, project, person):
    notification = notified(project, person)
    answer = client.post(f"/notifications/{notification.public_id}/open")
    notification.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (303, notification.url)
    assert notification.read_at is not None


def test_a_url_of_another_site_is_not_followed(client, project, person):
    notification = notified(project, person)
    Notification.objects.update(url="https://evil.example/")
    answer = client.post(f"/notifications/{notification.public_id}/open")
    assert answer["Location"] == "/notifications"


def test_all_can_be_marked_and_only_the_unread_shown(client, project, person):
    notified(project, person, "Old")
    client.post("/notifications/read")
    notified(project, person, "New")
    page = client.get("/notifications?show=unread").content.decode()
    assert "New" in page
    assert "Old" not in page


def test_another_persons_is_not_there(client, project):
    other = notified(project, MembershipFactory(organization=project.organization).user)
    assert client.post(f"/notifications/{other.public_id}/open").status_code == 404


def test_a_project_that_one_may_not_see_any_more_is_left_out(client, project, person):
    elsewhere = ProjectFactory(organization=project.organization)
    notified(elsewhere, person, "Elsewhere")
    person.memberships.update(project=project)
    assert "Elsewhere" not in client.get("/notifications").content.decode()


def test_every_page_has_the_bell(client):
    assert "data-bell" in client.get("/pipelines").content.decode()


def test_mails_can_be_turned_off_and_on(client, person):
    assert "checked" in client.get("/settings/notifications").content.decode()
    client.post("/settings/notifications/choice", {})
    assert NotificationChoice.objects.get(user=person).by_email is False
    client.post("/settings/notifications/choice", {"by_email": "on"})
    assert NotificationChoice.objects.get(user=person).by_email is True


def test_a_member_sees_nothing_of_the_webhook(client):
    page = client.get("/settings/notifications").content.decode()
    assert "Save webhook" not in page
    assert client.post("/settings/notifications/webhook", {}).status_code == 403


def test_an_admin_sets_tests_and_removes_the_webhook(admin_client, admin):
    credential = credential_create(actor=admin, name="HOOK", value="a long secret")
    sent = {"url": "https://hooks.example.com/x", "credential_id": credential.public_id, "is_enabled": "on"}
    assert admin_client.post("/settings/notifications/webhook", sent).status_code == 303
    assert OutgoingWebhook.objects.get().url == sent["url"]
    assert admin_client.post("/settings/notifications/webhook/test").status_code == 303
    assert Delivery.objects.get().event == "webhook.test"
    page = admin_client.get("/settings/notifications").content.decode()
    assert "A test" in page
    assert "on its way" in page
    assert admin_client.post("/settings/notifications/webhook/remove").status_code == 303
    assert not OutgoingWebhook.objects.exists()


def test_what_is_wrong_with_a_webhook_stands_at_its_fields(admin_client):
    answer = admin_client.post("/settings/notifications/webhook", {"url": "ftp://x", "credential_id": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="ftp://x"' in page
    assert "begins with http:// or https://" in page
    assert "Choose the credential" in page


def test_removing_what_is_not_there_is_a_conflict(admin_client):
    assert admin_client.post("/settings/notifications/webhook/remove").status_code == 409
