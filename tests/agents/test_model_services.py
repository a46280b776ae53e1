from dataclasses import replace
from decimal import Decimal

import pytest

from agents.errors import ModelInUse, ModelInvalid, ModelNameTaken
from agents.llm.catalogue import RULES, resolve_judge, resolve_model, resolve_simulator
from agents.llm.settings import EndpointSettings
from agents.models import ModelCall, ModelEndpoint, Provider
from agents.services.credentials import credential_create
from agents.services.models import (
    defaults_set,
    endpoint_archive,
    endpoint_create,
    endpoint_test,
    endpoint_update,
)
from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry
from tests.factories import ModelEndpointFactory, PipelineVersionFactory
from tests.support.model_server import ModelServer, fails

LOCAL = EndpointSettings(
    display_name="Local", provider=Provider.OPENAI_COMPATIBLE, model_id="qwen3", base_url="http://gpu.lan:8000/v1/"
)


@pytest.fixture
def endpoint(project) -> ModelEndpoint:
    return ModelEndpointFactory(organization=project.organization, display_name="Big", model_id="big-1")


def problems(admin, **changes) -> list[tuple[str, str]]:
    with pytest.raises(ModelInvalid) as caught:
        endpoint_create(actor=admin, settings=replace(LOCAL, **changes))
    return [(problem.dotted_path, problem.message) for problem in caught.value.problems]


def test_a_model_is_added_and_the_trail_says_so(admin):
    endpoint = endpoint_create(
        actor=admin, settings=replace(LOCAL, input_price=Decimal(1), output_price=Decimal("2.5"))
    )
    assert (endpoint.base_url, endpoint.output_price) == ("http://gpu.lan:8000/v1", Decimal("2.5"))
    entry = AuditEntry.objects.get(action="model.create")
    assert (entry.target_id, entry.after["output_price"]) == (endpoint.public_id, "2.5")


def test_only_those_who_manage_models_may(project):
    member = Actor(organization_id=project.organization_id, roles={None: Role.PROJECT_ADMIN_OWNER})
    with pytest.raises(NotAllowed):
        endpoint_create(actor=member, settings=LOCAL)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"display_name": " "}, "display_name", "Give the model a name of at most 255 characters."),
        ({"display_name": "builtin/x"}, "display_name", "The name 'builtin/x' is reserved. Choose another."),
        ({"display_name": "a\0b"}, "display_name",
         "This holds the character NUL or half of a character, which can’t be stored."),
        ({"model_id": ""}, "model_id", "Write the provider's id of the model, of at most 255 characters."),
        ({"base_url": ""}, "base_url", "Write where the server is, such as http://localhost:11434/v1."),
        ({"base_url": "ftp://x"}, "base_url", "Write a URL that begins with http:// or https://."),
        ({"base_url": "http://u:p@x"}, "base_url",
         "Write the URL without a user name or password. Put the key into a credential."),
        ({"base_url": "http://127.0.0.1\\@x"}, "base_url",
         "Write the URL without spaces, backslashes and control characters."),
        ({"base_url": "http://x/v1?key=1"}, "base_url", "Write the URL without what follows ? or #."),
        ({"base_url": "http://x:99999"}, "base_url", "This is not a URL."),
        ({"base_url": "http://[fd00:ec2::254]/"}, "base_url",
         "This is a link-local or metadata address, which is not asked."),
        ({"input_price": Decimal(-1), "output_price": Decimal(1)}, "input_price",
         "Use 0 to 100,000 US dollars per million tokens."),
        ({"input_price": Decimal("NaN"), "output_price": Decimal(1)}, "input_price",
         "Use 0 to 100,000 US dollars per million tokens."),
        ({"input_price": Decimal("0.00001"), "output_price": Decimal(1)}, "input_price",
         "Use at most 4 decimal places."),
        ({"input_price": Decimal(1)}, "output_price",
         "Give both prices, or leave both out: with one alone no cost can be told."),
        ({"credential_id": "cred_nope"}, "credential_id", "There is no such credential in this organization."),
        ({"provider": Provider.OPENAI, "base_url": ""}, "credential_id",
         "OpenAI needs an API key. Choose a credential."),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_model(admin, changes, path, message):
    assert problems(admin, **changes) == [(path, message)]


def test_an_unknown_provider_is_answered_with_the_known_ones(admin):
    assert problems(admin, provider="skynet")[0][1].startswith("There is no provider 'skynet'. Use one of: openai, ")


@pytest.mark.parametrize(
    ("provider", "typed", "kept"),
    [
        (Provider.ANTHROPIC, "https://api.anthropic.com/v1/messages", "https://api.anthropic.com"),
        (Provider.OPENAI_COMPATIBLE, "http://x/v1/chat/completions", "http://x/v1"),
        (Provider.GOOGLE, "https://x/v1beta/", "https://x"),
    ],
)
def test_what_the_client_adds_itself_is_taken_off_the_address(admin, provider, typed, kept):
    assert endpoint_create(actor=admin, settings=replace(LOCAL, provider=provider, base_url=typed)).base_url == kept


def test_a_name_is_taken_once_in_an_organization(admin, endpoint):
    with pytest.raises(ModelNameTaken) as caught:
        endpoint_create(actor=admin, settings=replace(LOCAL, display_name="Big"))
    assert caught.value.problems[0].dotted_path == "display_name"


def test_another_organization_s_credential_is_none(admin):
    stranger = ModelEndpointFactory().organization
    actor = Actor(organization_id=stranger.pk, label="Eve", roles={None: Role.ORG_ADMIN})
    credential = credential_create(actor=actor, name="key", value="sk-123456789")
    assert problems(admin, credential_id=credential.public_id)[0][0] == "credential_id"


def test_a_change_forgets_what_the_last_test_found(admin, endpoint):
    endpoint.test_error = "The provider answered 401: No."
    assert endpoint_update(actor=admin, endpoint=endpoint, settings=LOCAL).test_error == ""
    entry = AuditEntry.objects.get(action="model.update")
    assert (entry.before["model_id"], entry.after["model_id"]) == ("big-1", "qwen3")


def test_a_test_keeps_how_long_the_call_took(admin, endpoint):
    with ModelServer() as server:
        endpoint.base_url = server.openai_url
        endpoint_test(actor=admin, endpoint=endpoint)
    endpoint.refresh_from_db()
    assert endpoint.tested_at is not None
    assert (endpoint.test_latency_ms >= 0, endpoint.test_error) == (True, "")
    assert ModelCall.objects.get().purpose == "test"


def test_a_test_keeps_the_provider_s_words_without_the_key(admin, project, endpoint):
    endpoint.credential = credential_create(actor=admin, name="key", value="sk-very-secret")
    with ModelServer() as server:
        server.script([fails(401, "Incorrect API key provided: sk-very-secret.")])
        endpoint.base_url = server.openai_url
        endpoint_test(actor=admin, endpoint=endpoint)
        assert server.requests[0].headers["authorization"] == "Bearer sk-very-secret"
    endpoint.refresh_from_db()
    assert endpoint.test_error == "The provider answered 401: Incorrect API key provided: ***."
    assert ModelCall.objects.get().error == endpoint.test_error


@pytest.mark.parametrize("name", ["public_id", "model_id", "display_name"])
def test_a_model_is_found_by_any_of_its_names(endpoint, name):
    found = resolve_model(endpoint.organization_id, getattr(endpoint, name))
    assert (found.key, found.label, found.is_rules) == (endpoint.public_id, "Big", False)


def test_a_name_that_two_models_share_names_none(endpoint):
    ModelEndpointFactory(organization=endpoint.organization, model_id="big-1")
    assert resolve_model(endpoint.organization_id, "big-1") is None


def test_another_organization_s_model_is_none(project, endpoint):
    assert resolve_model(ModelEndpointFactory().organization_id, endpoint.public_id) is None


def test_the_defaults_are_what_stands_in_for_a_blank_reference(admin, endpoint):
    assert resolve_judge(admin.organization_id) is None
    defaults_set(actor=admin, judge="Big")
    defaults = defaults_set(actor=admin, simulator=RULES)
    assert (defaults.judge, defaults.simulator) == (endpoint.public_id, RULES)
    assert resolve_judge(admin.organization_id).key == endpoint.public_id
    assert resolve_simulator(admin.organization_id).is_rules


def test_the_default_does_not_stand_in_for_a_reference_that_names_nothing(admin):
    defaults_set(actor=admin, judge=RULES)
    assert resolve_judge(admin.organization_id, "gone") is None


def test_a_default_must_be_a_model(admin):
    with pytest.raises(ModelInvalid) as caught:
        defaults_set(actor=admin, judge="gone")
    assert caught.value.problems[0].dotted_path == "judge"


def test_a_default_can_be_taken_away_and_the_model_archived_then(admin, endpoint):
    defaults_set(actor=admin, judge="Big")
    with pytest.raises(ModelInUse, match="Big is in use: the organization's default judge"):
        endpoint_archive(actor=admin, endpoint=endpoint)
    defaults_set(actor=admin, judge="")
    endpoint_archive(actor=admin, endpoint=endpoint)
    assert resolve_model(admin.organization_id, endpoint.public_id) is None


def test_a_model_that_judges_a_published_pipeline_is_not_archived(admin, project, endpoint):
    graph = {"nodes": [{"id": "answer", "config": {"judge_model": endpoint.public_id}}]}
    version = PipelineVersionFactory(pipeline__project=project, pipeline__name="Greetings", graph=graph)
    version.pipeline.latest = version
    version.pipeline.save()
    with pytest.raises(ModelInUse, match="the pipeline Greetings"):
        endpoint_archive(actor=admin, endpoint=endpoint)
