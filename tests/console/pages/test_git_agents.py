"""An agent whose code is in a git repository, as its form and its page show it."""

from html import unescape

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from agents.credentials import reveal
from agents.models import Agent, Credential
from agents.services.credentials import credential_create
from agents.services.git_tokens import own_token

pytestmark = pytest.mark.django_db

URL = "https://github.com/acme/agent.git"
TOKEN = "ghp_0123456789abcdefABCDEF"
OTHER = "ghp_another0123456789token"
FORM = {
    "name": "cloned", "runtime": "python", "source": "git", "git_url": URL, "git_ref": "v1.2.0", "git_auth": "none",
    "entrypoint": "run", "entrypoint_file": "main.py", "run_timeout_s": "300", "concurrency": "5", "network": "none",
}  # fmt: skip


def send(client, agent: Agent | None = None, **changes: str):
    url = reverse("agent-edit", args=[agent.public_id]) if agent else reverse("agent-new")
    return client.post(url, {**FORM, **changes})


def registered(client, **changes: str) -> Agent:
    answer = send(client, **changes)
    assert answer.status_code == 303, answer.content.decode()
    return Agent.objects.get()


def test_a_repository_is_registered_and_its_page_says_where_the_code_is(client):
    agent = registered(client, entrypoint_file="agents/main.py")
    assert agent.draft["source"] == {"kind": "git", "url": URL, "ref": "v1.2.0", "auth": {"mode": "none"}}
    page = client.get(reverse("agent", args=[agent.public_id])).content.decode()
    for words in ("Git repository", URL, "v1.2.0", "agents/main.py"):
        assert words in page


def test_what_can_not_be_cloned_is_refused_at_its_field(client):
    answer = send(client, git_url="https://ada:pw@github.com/a.git", git_ref="-x", entrypoint_file="../x.py")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_git_url"' in page
    assert 'href="#id_git_ref"' in page
    assert 'href="#id_entrypoint_file"' in page
    assert not Agent.objects.exists()


def test_a_credential_is_chosen_by_its_name(client, admin):
    credential = credential_create(actor=admin, name="github", value=TOKEN)
    assert "github ****CDEF" in client.get(reverse("agent-new")).content.decode()
    agent = registered(client, git_auth="credential", git_credential=credential.public_id)
    assert agent.draft["source"]["auth"] == {"mode": "credential", "credential_id": credential.public_id}
    page = client.get(reverse("agent", args=[agent.public_id])).content.decode()
    assert "From credential github ****CDEF" in page
    edit = client.get(reverse("agent-edit", args=[agent.public_id])).content.decode()
    assert f'<option value="{credential.public_id}" selected>' in edit


@pytest.mark.parametrize(("auth", "field"), [("credential", "git_credential"), ("inline", "git_token")])
def test_a_login_that_is_left_out_is_asked_for(client, auth, field):
    answer = send(client, git_auth=auth)
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()


def test_a_token_is_kept_and_never_given_back(client):
    agent = registered(client, git_auth="inline", git_token=TOKEN)
    assert reveal(own_token(agent)) == TOKEN
    for url in (reverse("agent", args=[agent.public_id]), reverse("agent-edit", args=[agent.public_id]),
                reverse("settings-credentials"), reverse("agent-versions", args=[agent.public_id])):  # fmt: skip
        page = client.get(url).content.decode()
        assert TOKEN not in page
        assert "Git token of" not in page


def test_a_token_is_kept_or_rotated(client):
    agent = registered(client, git_auth="inline", git_token=TOKEN)
    edit = client.get(reverse("agent-edit", args=[agent.public_id])).content.decode()
    assert "Keep the token" in edit
    assert "Rotate it" in edit
    send(client, agent, git_auth="inline", git_token_act="keep", git_token=OTHER)
    assert reveal(own_token(agent)) == TOKEN
    send(client, agent, git_auth="inline", git_token_act="rotate", git_token=OTHER)
    assert reveal(own_token(agent)) == OTHER


def test_to_rotate_it_a_token_has_to_be_pasted(client):
    agent = registered(client, git_auth="inline", git_token=TOKEN)
    answer = send(client, agent, git_auth="inline", git_token_act="rotate")
    assert answer.status_code == 422
    assert "Paste the token." in answer.content.decode()
    assert reveal(own_token(agent)) == TOKEN


def test_a_form_that_comes_back_does_not_hold_the_token_and_says_so(client):
    answer = send(client, git_url="http://x", git_auth="inline", git_token=TOKEN)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert TOKEN not in page
    assert "Paste the token again." in page


def test_versions_are_compared_by_their_repository(client):
    agent = registered(client)
    client.post(reverse("agent-publish", args=[agent.public_id]))
    send(client, agent, git_ref="v2.0.0")
    page = client.get(reverse("agent-versions", args=[agent.public_id])).content.decode()
    shown = strip_tags(unescape(page))
    assert '"ref": "v1.2.0"' in shown
    assert '"ref": "v2.0.0"' in shown


def test_the_hidden_credential_has_no_page_of_its_own(client):
    registered(client, git_auth="inline", git_token=TOKEN)
    hidden = Credential.objects.get()
    assert client.get(reverse("settings-credential", args=[hidden.public_id])).status_code == 404
    assert client.post(reverse("settings-credential-delete", args=[hidden.public_id])).status_code == 404
