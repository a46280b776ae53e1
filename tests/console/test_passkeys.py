"""Passkeys in a real browser, whose device is made up: adding one, and signing in with it after the password."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from tests.factories import MembershipFactory, ProjectFactory, UserFactory
from tests.support.browser import visit

PASSWORD = "seven old brown kettles"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def with_device(page) -> None:
    """Give the browser a device that confirms whatever it is asked."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def sign_in(page) -> None:
    page.fill("#id_email", "ada@example.com")
    page.fill("#id_password", PASSWORD)
    page.click("text=Sign in >> nth=-1")


def test_a_passkey_is_added_and_asked_for_after_the_password(live_server, settings):
    cache.clear()
    settings.ALLOWED_HOSTS = ["localhost"]
    person = UserFactory(email="ada@example.com")
    person.set_password(PASSWORD)
    person.save()
    MembershipFactory(user=person, organization=ProjectFactory().organization)
    # Browsers give passkeys to host names alone.
    home = live_server.url.replace("127.0.0.1", "localhost")

    def act(page):
        with_device(page)
        sign_in(page)
        page.goto(f"{home}/account/second-factor/webauthn/add/")
        page.fill("#id_password", PASSWORD)
        page.click("text=Confirm >> nth=-1")
        page.click("button:has-text('Add passkey')")
        page.wait_for_url("**/recovery-codes/")
        page.context.clear_cookies()
        page.goto(f"{home}/sign-in")
        sign_in(page)
        page.wait_for_url("**/authenticate/")
        page.click("text=Use a passkey")
        page.wait_for_url(f"{home}/")
        page.goto(f"{home}/account")
        return page.inner_text("main")

    assert "Master key" in visit(f"{home}/sign-in", act)
    assert Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).count() == 1
