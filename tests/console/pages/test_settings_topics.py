import pytest

from agents.llm.catalogue import RULES, defaults_of
from agents.llm.routing import routes_of
from agents.services.topics import topic_set
from console.access import Role
from tests.console.pages.conftest import client_as
from tests.factories import ModelEndpointFactory
from tests.support.answers import text

MODELS = "/settings/models"
TOPICS = f"{MODELS}/topics"


def one_line(answer) -> str:
    return " ".join(text(answer).split())


@pytest.fixture
def model(project):
    return ModelEndpointFactory(organization=project.organization, display_name="Writer")


def test_a_topic_is_added_changed_and_removed(client, project, model):
    answer = client.post(TOPICS, {"topic": "Code  Review", "model": model.public_id}, follow=True)
    assert answer.redirect_chain == [(MODELS, 303)]
    assert routes_of(project.organization_id) == {"code review": model.public_id}
    assert f'<option value="{model.public_id}" selected>Writer' in one_line(answer)
    client.post(TOPICS, {"topic": "code review", "model": RULES})
    assert routes_of(project.organization_id) == {"code review": RULES}
    assert "has the default from now on" in text(client.post(TOPICS, {"topic": "code review"}, follow=True))
    assert routes_of(project.organization_id) == {}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"topic": " ", "model": RULES}, "Name the topic"),
        ({"topic": "review", "model": "gone"}, "There is no model"),
    ],
)
def test_a_topic_that_can_not_be_kept_is_shown_again(client, project, sent, words):
    answer = client.post(TOPICS, sent)
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert routes_of(project.organization_id) == {}


def test_the_default_of_agents_is_set_beside_the_others(client, project):
    client.post(f"{MODELS}/defaults", {"agent": RULES})
    assert (defaults_of(project.organization_id).agent, defaults_of(project.organization_id).judge) == (RULES, "")


def test_many_topics_take_no_more_queries(client, admin, django_assert_max_num_queries):
    for number in range(6):
        topic_set(actor=admin, topic=f"topic {number}", model=RULES)
    with django_assert_max_num_queries(8):
        client.get(MODELS)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_topics_are_for_org_admins(project, role):
    assert client_as(project, role).post(TOPICS, {"topic": "review", "model": RULES}).status_code == 403


def test_another_organizations_model_can_not_be_chosen(client, project):
    answer = client.post(TOPICS, {"topic": "review", "model": ModelEndpointFactory().public_id})
    assert (answer.status_code, routes_of(project.organization_id)) == (422, {})
