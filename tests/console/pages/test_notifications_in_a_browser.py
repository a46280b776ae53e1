"""The bell and its pages as somebody meets them in a real browser."""

import pytest

from agents.services.credentials import credential_create
from console.access import Actor, Role
from console.models import Channel, Delivery, DeliveryStatus, Notification
from console.notifications.settings import webhook_set
from tests.console.pages.conftest import client_as
from tests.support.browser import CLEAN, state

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])


@pytest.fixture
def client(project):
    return client_as(project)


def notified(project, **more):
    user = project.organization.memberships.get().user
    Notification.objects.create(
        organization=project.organization, project=project, user=user, kind="approval", url="/pipelines",
        title="“Review summary” is done and waits for approval",
        body="Code Review: Add a cache to the loader\n“Create pull request” is next.", **more,
    )  # fmt: skip


@SIZES
def test_the_list_of_notifications(open_page, project, client, width, theme):
    notified(project)
    notified(project, settled_at=project.created_at, read_at=project.created_at)

    def look(page):
        found = state(page)
        page.click("[data-unread] button")
        page.wait_for_url("**/pipelines")
        return found

    assert open_page("notifications", look, width=width, theme=theme) == CLEAN
    assert not Notification.objects.filter(read_at=None).exists()


def test_the_bell_shows_the_number_that_the_socket_tells(open_page):
    def tell(page, unread):
        page.evaluate("n => document.dispatchEvent(new CustomEvent('cb:notifications', {detail: {unread: n}}))", unread)
        bell = page.locator("[data-bell]")
        return bell.get_attribute("aria-label"), bell.locator("[data-bell-count]").is_visible()

    def look(page):
        return [tell(page, 0), tell(page, 3), tell(page, 100)], state(page)

    found, clean = open_page("notifications", look)
    assert found == [
        ("Notifications", False), ("Notifications, 3 not read", True), ("Notifications, 99+ not read", True),
    ]  # fmt: skip
    assert clean == CLEAN


@SIZES
def test_the_settings_of_notifications(open_page, project, client, width, theme):
    actor = Actor(project.organization_id, roles={None: Role.ORG_ADMIN})
    credential = credential_create(actor=actor, name="HOOK_KEY", value="a long secret")
    webhook_set(actor=actor, url="https://hooks.example.com/callboard", credential_id=credential.public_id)
    for status in DeliveryStatus:
        Delivery.objects.create(
            organization=project.organization, channel=Channel.WEBHOOK, target="https://hooks.example.com/callboard",
            event="run.waiting", subject="“Review summary” is done and waits for approval", body="{}", status=status,
            attempts=2, error="" if status == DeliveryStatus.DELIVERED else "busy", response_status=200,
        )  # fmt: skip
    assert open_page("settings-notifications", state, width=width, theme=theme) == CLEAN
