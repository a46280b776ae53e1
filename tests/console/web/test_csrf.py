"""A page of another site can't make a browser change anything here."""

from django.test import Client

from console.models import AuditEntry
from tests.console.tenancy.conftest import world
from tests.console.tenancy.routes import addresses, pages

__all__ = ["world"]


def test_no_page_takes_a_form_without_its_key(world):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.owner)
    before = AuditEntry.objects.count()

    answers = {url: client.post(url, {}) for route in pages() for url in addresses(route.pattern, world)}

    assert {answer.status_code for answer in answers.values()} <= {403, 405}
    assert 403 in {answer.status_code for answer in answers.values()}
    assert AuditEntry.objects.count() == before


def test_no_page_takes_a_form_of_another_site_even_with_a_key(world):
    client = Client(enforce_csrf_checks=True)
    key = client.get("/sign-in").content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"csrfmiddlewaretoken": key, "email": "ada@example.com", "password": "x"}

    assert client.post("/sign-in", form, headers={"Origin": "http://testserver"}).status_code != 403
    for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
        assert client.post("/sign-in", form, headers={"Origin": origin}).status_code == 403


def test_looking_never_takes_the_place_of_a_form(world):
    """What changes something by GET would need no key at all."""
    client = Client(raise_request_exception=False)
    client.force_login(world.owner)
    before = AuditEntry.objects.count()

    for route in pages():
        for url in addresses(route.pattern, world):
            client.get(url)
            client.head(url)

    assert AuditEntry.objects.count() == before
    assert "_auth_user_id" in client.session
