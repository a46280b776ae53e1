"""A git source by the API: what is sent, what comes back, and that the token never does."""

import json

import pytest

from agents.credentials import reveal
from agents.models import Credential
from console.access import Role
from tests.console.api.conftest import api_as
from tests.factories import ProjectFactory

URL = "https://github.com/acme/agent.git"
TOKEN = "ghp_0123456789abcdefABCDEF"
OTHER = "ghp_another0123456789token"


def agent(**auth: object) -> dict[str, object]:
    source = {"kind": "git", "url": URL, "ref": "v1.2.0", "auth": {"mode": "none", **auth}}
    return {"name": "cloned", "source": source, "entrypoint_file": "main.py"}


def problems(answer) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [problem["field"] for problem in answer.json()["error"]["details"]["problems"]]


def test_a_repository_is_registered_in_the_shape_that_is_documented(api):
    sent = agent(credential_id=None, token=None)
    answer = api("POST", "/api/agents", sent)
    assert answer.status_code == 201
    assert answer.json()["spec"]["source"] == {
        "kind": "git", "url": URL, "ref": "v1.2.0", "auth": {"mode": "none"},
    }  # fmt: skip
    assert answer.json()["spec"]["entrypoint_file"] == "main.py"


def test_a_token_never_comes_back(api):
    created = api("POST", "/api/agents", agent(mode="inline", token=TOKEN))
    path = f"/api/agents/{created.json()['id']}"
    published = api("POST", f"{path}/publish")
    told = [
        created,
        published,
        *(api("GET", url) for url in (path, f"{path}/versions", "/api/agents", "/api/credentials")),
    ]
    told += [api("GET", "/api/audit")]
    for answer in told:
        assert TOKEN not in answer.content.decode()
    assert created.json()["spec"]["source"]["auth"].keys() == {"mode", "credential_id"}
    assert api("GET", "/api/credentials").json()["items"] == []


def test_what_came_back_can_be_sent_again_and_keeps_the_token(api):
    created = api("POST", "/api/agents", agent(mode="inline", token=TOKEN)).json()
    sent = {"name": "cloned", **{key: created["spec"][key] for key in ("source", "entrypoint_file")}}
    answer = api("PUT", f"/api/agents/{created['id']}", json.loads(json.dumps(sent)))
    assert answer.status_code == 200
    assert reveal(Credential.objects.get()) == TOKEN


def test_a_token_that_is_sent_rotates_the_one_that_is_kept(api):
    created = api("POST", "/api/agents", agent(mode="inline", token=TOKEN)).json()
    api("PUT", f"/api/agents/{created['id']}", agent(mode="inline", token=OTHER))
    assert reveal(Credential.objects.get()) == OTHER


@pytest.mark.parametrize(
    ("auth", "field"),
    [
        ({"mode": "credential", "credential_id": "cred_x", "token": TOKEN}, "source.auth"),
        ({"mode": "credential", "credential_id": "cred_x"}, "source.auth.credential_id"),
        ({"mode": "inline"}, "source.auth.token"),
        ({"mode": "ssh"}, "source.auth.mode"),
        ({"mode": "none", "key": "x"}, "source.auth.key"),
    ],
)
def test_a_login_that_can_not_be_meant_is_refused_and_not_repeated(api, auth, field):
    answer = api("POST", "/api/agents", agent(**auth))
    assert problems(answer) == [field]
    assert TOKEN not in answer.content.decode()


@pytest.mark.parametrize(
    "url",
    ["http://github.com/a.git", "https://ada:pw@github.com/a.git", "git@github.com:a/b.git", "https://10.0.0.1/a"],
)
def test_save_rejected_for_a_url_that_is_not_https_has_userinfo_or_is_private(api, url):
    body = agent()
    body["source"]["url"] = url
    assert problems(api("POST", "/api/agents", body)) == ["source.url"]


def test_the_hidden_credential_can_not_be_reached(api):
    api("POST", "/api/agents", agent(mode="inline", token=TOKEN))
    hidden = Credential.objects.get().public_id
    assert api("POST", f"/api/credentials/{hidden}/rotate", {"value": OTHER}).status_code == 404
    assert api("DELETE", f"/api/credentials/{hidden}").status_code == 404
    header = {"name": "x", "url": "https://example.com", "headers": [{"name": "X", "credential_id": hidden}]}
    assert api("POST", "/api/tools", header).status_code == 422
    env = {"name": "thief", "source": {"kind": "paste", "code": "def run(t, *, proxy_url, run_token): ..."},
           "env": [{"name": "STOLEN", "credential_id": hidden}]}  # fmt: skip
    assert "env.0.credential_id" in problems(api("POST", "/api/agents", env))


def test_another_organization_s_credential_is_none(api):
    other = api_as(ProjectFactory(), Role.ORG_ADMIN)
    theirs = other("POST", "/api/credentials", {"name": "theirs", "value": TOKEN}).json()["id"]
    answer = api("POST", "/api/agents", agent(mode="credential", credential_id=theirs))
    assert problems(answer) == ["source.auth.credential_id"]
