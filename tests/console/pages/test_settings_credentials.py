import pytest

from agents.credentials import reveal
from agents.models import Credential
from agents.services.agents import agent_register
from agents.services.credentials import credential_create
from console.access import Role
from tests.console.pages.conftest import client_as
from tests.factories import ProjectFactory
from tests.support.answers import text

CREDENTIALS = "/settings/credentials"
SECRET = "sk-0123456789abcdef9f3c"
CODE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"


@pytest.fixture
def credential(admin):
    return credential_create(actor=admin, name="model-prod", value=SECRET)


def test_an_empty_list_says_what_a_credential_is_for(client):
    assert "No credentials yet" in text(client.get(CREDENTIALS))


def test_a_credential_is_kept_and_only_its_end_is_shown(client):
    answer = client.post(f"{CREDENTIALS}/new", {"name": "model-prod", "value": f" {SECRET}\r\n"}, follow=True)
    assert answer.redirect_chain == [(CREDENTIALS, 303)]
    assert ("****9f3c" in text(answer), SECRET in text(answer)) == (True, False)
    assert reveal(Credential.objects.get()) == SECRET


def test_a_secret_of_many_lines_keeps_them(client):
    client.post(f"{CREDENTIALS}/new", {"name": "key", "value": "-----BEGIN KEY-----\r\nabc\r\n-----END KEY-----\r\n"})
    assert reveal(Credential.objects.get()) == "-----BEGIN KEY-----\nabc\n-----END KEY-----"


def test_a_form_with_problems_keeps_the_name_and_never_the_secret(client, credential):
    answer = client.post(f"{CREDENTIALS}/new", {"name": "model-prod", "value": "another secret"})
    page = text(answer)
    assert (answer.status_code, "This name is taken" in page, 'value="model-prod"' in page) == (422, True, True)
    assert ("another secret" in page, "Paste the value again" in page) == (False, True)


def test_a_short_value_is_refused(client):
    answer = client.post(f"{CREDENTIALS}/new", {"name": "x", "value": "hunter2"})
    assert (answer.status_code, "Use at least 8 characters" in text(answer), "hunter2" in text(answer)) == (
        422,
        True,
        False,
    )


def test_the_list_says_what_uses_a_credential(client, admin, credential):
    env = [{"name": "KEY", "credential_id": credential.public_id}]
    agent_register(actor=admin, name="hello", spec={"source": {"kind": "paste", "code": CODE}, "env": env})
    assert "agent hello" in text(client.get(CREDENTIALS))
    page = text(client.get(f"{CREDENTIALS}/{credential.public_id}"))
    assert "agent hello" in page
    assert "Take it out of what uses it first" in page


def test_a_credential_is_rotated(client, credential):
    answer = client.post(f"{CREDENTIALS}/{credential.public_id}", {"value": "a new secret value"}, follow=True)
    credential.refresh_from_db()
    assert (reveal(credential), credential.rotated_at is not None) == ("a new secret value", True)
    assert ("model-prod is rotated" in text(answer), "a new secret" in text(answer)) == (True, False)


def test_a_rotation_with_a_problem_leaves_the_value(client, credential):
    answer = client.post(f"{CREDENTIALS}/{credential.public_id}", {"value": "short"})
    assert (answer.status_code, reveal(Credential.objects.get())) == (422, SECRET)


def test_a_credential_that_nothing_uses_is_deleted(client, credential):
    assert "model-prod is deleted" in text(client.post(f"{CREDENTIALS}/{credential.public_id}/delete", follow=True))
    assert not Credential.objects.exists()


def test_one_in_use_stays(client, admin, credential):
    env = [{"name": "KEY", "credential_id": credential.public_id}]
    agent_register(actor=admin, name="hello", spec={"source": {"kind": "paste", "code": CODE}, "env": env})
    answer = client.post(f"{CREDENTIALS}/{credential.public_id}/delete")
    assert (answer.status_code, "is used by agent hello" in text(answer), Credential.objects.count()) == (409, True, 1)


def test_the_list_takes_as_many_queries_for_many_as_for_one(client, admin, django_assert_max_num_queries):
    for number in range(6):
        credential_create(actor=admin, name=f"key-{number}", value=SECRET)
    with django_assert_max_num_queries(10):
        client.get(CREDENTIALS)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_credentials_are_for_org_admins(project, credential, role):
    client, own = client_as(project, role), f"{CREDENTIALS}/{credential.public_id}"
    assert {client.get(path).status_code for path in (CREDENTIALS, f"{CREDENTIALS}/new", own)} == {403}
    sent = {"name": "x", "value": "a new secret value"}
    assert {client.post(path, sent).status_code for path in (f"{CREDENTIALS}/new", own, f"{own}/delete")} == {403}
    assert reveal(Credential.objects.get()) == SECRET


def test_another_organizations_credential_does_not_exist(credential):
    client, path = client_as(ProjectFactory()), f"{CREDENTIALS}/{credential.public_id}"
    assert client.get(path).status_code == 404
    assert {client.post(p, {"value": "a new secret value"}).status_code for p in (path, f"{path}/delete")} == {404}


def test_wrong_methods_are_refused(client, credential):
    assert client.get(f"{CREDENTIALS}/{credential.public_id}/delete").status_code == 405
    assert client.post(CREDENTIALS).status_code == 405
