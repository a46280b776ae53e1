import json

import pytest

from agents.llm.catalogue import RULES, defaults_of
from agents.models import ModelEndpoint
from agents.services.credentials import credential_create
from agents.services.models import defaults_set
from console.access import Role
from console.display.numbers import duration
from tests.console.pages.conftest import client_as
from tests.factories import ModelEndpointFactory
from tests.support.answers import text
from tests.support.model_server import ModelServer

MODELS = "/settings/models"
FORM = {
    "display_name": "Qwen3",
    "provider": "openai_compatible",
    "model_id": "qwen3:32b",
    "base_url": "http://127.0.0.1:1/v1",
    "credential_id": "",
    "input_price": "0.075",
    "output_price": "",
}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def endpoint(project):
    """A model at whose address nothing listens."""
    return ModelEndpointFactory(organization=project.organization, display_name="Qwen3")


def test_an_organization_without_models_has_the_rules(client):
    page = text(client.get(MODELS))
    assert "Rules, no model" in page
    assert "always available" in page
    assert "No model is here yet" in page


def test_a_model_is_added_and_listed_with_its_prices(client):
    answer = client.post(f"{MODELS}/new", {**FORM, "output_price": "15"}, follow=True)
    assert answer.redirect_chain == [(MODELS, 303)]
    for words in ("Qwen3 is added", "OpenAI-compatible", "qwen3:32b", "$0.075", "$15.00", "not tested"):
        assert words in text(answer)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Give both prices"),
        ({"input_price": "cheap"}, "Write a number, such as 0.40."),
        ({"base_url": "ftp://x"}, "begins with http:// or https://"),
        ({"base_url": "", "output_price": "1"}, "Write where the server is"),
        ({"provider": "openai", "base_url": "", "output_price": "1"}, "OpenAI needs an API key"),
        ({"display_name": " ", "output_price": "1"}, "Give the model a name"),
        ({"credential_id": "cred_0", "output_price": "1"}, "no such credential"),
    ],
)
def test_each_problem_is_a_sentence_and_nothing_typed_is_lost(client, changes, sentence):
    answer = client.post(f"{MODELS}/new", {**FORM, **changes})
    assert (answer.status_code, sentence in text(answer), "qwen3:32b" in text(answer)) == (422, True, True)
    assert ModelEndpoint.objects.count() == 0


def test_a_taken_name_is_a_problem_of_the_name(client, endpoint):
    answer = client.post(f"{MODELS}/new", {**FORM, "output_price": "1"})
    assert (answer.status_code, "This name is taken" in text(answer)) == (422, True)


def test_a_model_is_changed(client, endpoint):
    page = text(client.get(f"{MODELS}/{endpoint.public_id}"))
    assert f'value="{endpoint.model_id}"' in page
    client.post(f"{MODELS}/{endpoint.public_id}", {**FORM, "input_price": ""})
    endpoint.refresh_from_db()
    assert (endpoint.model_id, endpoint.input_price) == ("qwen3:32b", None)


def test_a_test_that_goes_well_shows_its_latency_in_place(client, endpoint):
    with ModelServer() as server:
        ModelEndpoint.objects.update(base_url=server.openai_url)
        part = text(client.post(f"{MODELS}/{endpoint.public_id}/test", headers=HTMX))
    endpoint.refresh_from_db()
    assert (endpoint.test_error, "OK" in part, duration(endpoint.test_latency_ms) in part) == ("", True, True)
    assert "<html" not in part


def test_a_refused_key_is_said_with_the_credential_to_rotate(client, endpoint, admin):
    credential = credential_create(actor=admin, name="google-prod", value="a secret value")
    ModelEndpoint.objects.update(credential=credential, test_error="The provider answered 401: API <key> expired.")
    page = text(client.get(MODELS))
    assert "Qwen3 refused its key." in page
    assert "The provider answered 401: “API &lt;key&gt; expired”." in page
    assert f'href="/settings/credentials/{credential.public_id}"' in page


def test_a_model_that_gives_no_answer_says_what_to_check(client, endpoint):
    answer = client.post(f"{MODELS}/{endpoint.public_id}/test", follow=True)
    assert answer.redirect_chain == [(MODELS, 303)]
    assert "Qwen3 gave no answer." in text(answer)
    assert "Check its base URL" in text(answer)


def test_the_defaults_are_set(client, endpoint, project):
    answer = client.post(f"{MODELS}/defaults", {"judge": RULES, "simulator": endpoint.public_id})
    assert (answer.status_code, answer.url) == (303, MODELS)
    defaults = defaults_of(project.organization_id)
    assert (defaults.judge, defaults.simulator) == (RULES, endpoint.public_id)
    assert f'<option value="{endpoint.public_id}" selected>' in " ".join(text(client.get(MODELS)).split())


def test_a_default_set_by_a_script_is_answered_by_a_toast(client):
    answer = client.post(f"{MODELS}/defaults", {"judge": RULES}, headers=HTMX)
    assert (answer.status_code, json.loads(answer["HX-Trigger"])["toast"]["tone"]) == (204, "passed")


def test_a_model_is_archived_unless_a_default_names_it(client, endpoint, admin):
    defaults_set(actor=admin, judge=endpoint.public_id)
    answer = client.post(f"{MODELS}/{endpoint.public_id}/archive")
    assert (answer.status_code, "default judge" in text(answer)) == (409, True)
    page = text(client.get(f"{MODELS}/{endpoint.public_id}"))
    assert ("default judge" in page, "/archive" in page) == (True, False)
    defaults_set(actor=admin, judge="")
    assert client.post(f"{MODELS}/{endpoint.public_id}/archive").status_code == 303
    assert client.get(f"{MODELS}/{endpoint.public_id}").status_code == 404


def test_the_list_takes_as_many_queries_for_many_models_as_for_one(client, project, django_assert_max_num_queries):
    ModelEndpointFactory.create_batch(6, organization=project.organization)
    with django_assert_max_num_queries(7):
        client.get(MODELS)


_CHANGES = ("", "/test", "/archive")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_models_are_for_org_admins(project, endpoint, role):
    client = client_as(project, role)
    assert {client.get(f"{MODELS}{page}").status_code for page in ("", "/new", f"/{endpoint.public_id}")} == {403}
    paths = [f"{MODELS}/new", f"{MODELS}/defaults", *(f"{MODELS}/{endpoint.public_id}{act}" for act in _CHANGES)]
    assert {client.post(path, FORM).status_code for path in paths} == {403}


def test_another_organizations_model_does_not_exist(client):
    stranger = ModelEndpointFactory()
    assert {client.post(f"{MODELS}/{stranger.public_id}{act}", FORM).status_code for act in _CHANGES} == {404}
    assert client.get(f"{MODELS}/{stranger.public_id}").status_code == 404


def test_wrong_methods_are_refused(client, endpoint):
    assert {client.get(f"{MODELS}/{endpoint.public_id}{act}").status_code for act in _CHANGES[1:]} == {405}
    assert client.post(MODELS).status_code == 405
    assert client.get(f"{MODELS}/defaults").status_code == 405
