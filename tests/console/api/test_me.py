import pytest
from django.test import Client

from console.access import Actor, Role, Scope
from console.models import ApiToken, BrowserSession
from console.signing_in.auth import api_token_create
from tests.console.api.conftest import Api, api_as


@pytest.fixture
def me(project):
    """The person behind a token, who is signed in with a browser too."""
    ask = api_as(project, Role.VIEWER)
    user = ApiToken.objects.get().user
    Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}).force_login(user)
    return ask


def browser(me) -> Client:
    client = Client()
    client.force_login(ApiToken.objects.get().user)
    return client


def test_a_name_is_ones_own_to_change(me):
    assert me("PUT", "/api/me", {"name": "Mara"}).json()["name"] == "Mara"
    assert me("GET", "/api/me").json()["name"] == "Mara"
    assert me("PUT", "/api/me", {"name": ""}).status_code == 422


def test_the_browsers_one_is_signed_in_with_are_listed_and_signed_out(me):
    (session,) = me("GET", "/api/me/sessions").json()
    assert session["is_current"] is False
    assert me("DELETE", f"/api/me/sessions/{session['id']}").status_code == 204
    assert me("GET", "/api/me/sessions").json() == []


def test_a_browser_knows_itself_and_signs_out_everywhere(me):
    client = browser(me)
    assert sorted(session["is_current"] for session in client.get("/api/me/sessions").json()) == [False, True]
    assert client.delete("/api/me/sessions").status_code == 204
    assert (BrowserSession.objects.count(), client.get("/api/me").status_code) == (0, 401)


def test_a_token_is_listed_without_its_secret_and_revokes_itself(me):
    (token,) = me("GET", "/api/me/tokens").json()["items"]
    assert (token["name"], token["scope"], me.token in str(token)) == ("a test", "write", False)
    assert me("DELETE", f"/api/me/tokens/{token['id']}").status_code == 204
    assert me("GET", "/api/me").status_code == 401


def test_what_is_somebody_elses_does_not_exist(project, me):
    colleague = api_as(project, Role.ORG_ADMIN)
    token = ApiToken.objects.order_by("pk")[0]
    session = BrowserSession.objects.get()
    assert colleague("DELETE", f"/api/me/tokens/{token.public_id}").status_code == 404
    assert colleague("DELETE", f"/api/me/sessions/{session.public_id}").status_code == 404


def test_a_token_that_may_only_run_changes_nothing_about_its_owner(project, me):
    user = ApiToken.objects.get().user
    narrow = Api(
        api_token_create(
            actor=Actor(organization_id=project.organization_id), user=user, organization=project.organization,
            name="narrow", scope=Scope.RUN,
        )
    )  # fmt: skip
    assert narrow("GET", "/api/me/sessions").status_code == 200
    for method, path in (("PUT", ""), ("DELETE", "/sessions"), ("DELETE", "/tokens/token_x")):
        assert narrow(method, f"/api/me{path}", {"name": "x"} if method == "PUT" else None).status_code == 403
