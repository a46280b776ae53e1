"""No address holds a secret: addresses are kept by browsers, proxies and logs."""

import re

from agents.models import Credential
from agents.services.credentials import credential_create
from console.access import Actor, Role
from tests.console.tenancy.conftest import browser_of, world
from tests.console.tenancy.routes import addresses, operations, pages
from tests.console.web.conftest import texts_of

__all__ = ["world"]

ADDRESS = re.compile(r"""(?:href|src|action|hx-[a-z]+|data-[a-z-]*url|formaction)=["']([^"']*)["']""")


def test_no_address_on_any_page_holds_a_secret(world):
    client = browser_of(world.owner)
    made = client.post(
        "/settings/tokens/new", {"name": "a program", "scope": "write", "expires": "30"}
    ).content.decode()
    token = re.search(r"cb_[\w-]{20,}", made)[0]
    shown = {url: client.get(url) for route in pages() for url in addresses(route.pattern, world)}

    for place, text in [("made", made), *texts_of(shown).items()]:
        for address in ADDRESS.findall(text):
            assert token not in address, place
            assert "cb_" not in address, place
            assert client.session.session_key not in address, place


def test_what_is_secret_is_sent_in_bodies_alone():
    queries = {(str(operation), name) for operation in operations() for name in operation.queries}

    assert not [query for query in queries if re.search("secret|token|password|key|value", query[1])]


def test_forms_with_a_password_or_a_secret_are_posted(world):
    client = browser_of(world.owner)
    texts = [
        browser_of(None).get("/sign-in").content.decode(),
        client.get("/settings/credentials/new").content.decode(),
    ]

    for text in texts:
        forms = re.findall(r"<form\b.*?</form>", text, re.DOTALL)
        with_secrets = [form for form in forms if 'type="password"' in form or 'name="value"' in form]
        assert with_secrets
        assert all('method="post"' in form for form in with_secrets)


def test_a_credential_is_shown_nowhere_once_it_is_kept(world):
    organization = world.project.organization
    actor = Actor(organization_id=organization.pk, user_id=world.owner.pk, roles={None: Role.ORG_ADMIN})
    value = "correct-horse-battery-staple-4711"
    credential_create(actor=actor, name="another", value=value)
    client = browser_of(world.owner)

    shown = {url: client.get(url) for route in pages() for url in addresses(route.pattern, world)}

    assert [place for place, text in texts_of(shown).items() if value[:-4] in text] == []
    assert value not in repr(list(Credential.objects.values()))
