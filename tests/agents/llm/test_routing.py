import pytest

from agents.errors import ModelInvalid
from agents.llm.catalogue import RULES
from agents.llm.routing import resolve_writer, routes_of
from agents.models import TopicRoute
from agents.services.models import defaults_set, endpoint_archive, endpoint_users
from agents.services.topics import topic_set, topics_replace
from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry
from tests.factories import ModelEndpointFactory


@pytest.fixture
def model(project):
    return ModelEndpointFactory(organization=project.organization, display_name="Writer")


def label(admin, **asked) -> str | None:
    found = resolve_writer(admin.organization_id, **asked)
    return found and found.label


def test_without_a_route_and_a_default_no_model_is_found(admin, model):
    assert label(admin) is None
    assert label(admin, topic="review") is None


def test_the_judge_is_no_default_of_agents(admin):
    defaults_set(actor=admin, judge=RULES)
    assert label(admin, topic="review") is None


def test_a_topic_leads_to_its_model_whatever_its_case(admin, model):
    topic_set(actor=admin, topic="  Code   Review ", model=model.public_id)
    assert label(admin, topic="code review") == "Writer"
    assert label(admin, topic="CODE  REVIEW") == "Writer"


def test_a_topic_without_a_route_has_the_default(admin, model):
    defaults_set(actor=admin, agent=RULES)
    topic_set(actor=admin, topic="review", model=model.public_id)
    assert (label(admin, topic="research"), label(admin)) == (RULES, RULES)


def test_a_model_that_is_named_goes_first_and_is_not_made_good(admin, model):
    defaults_set(actor=admin, agent=RULES)
    assert label(admin, model="Writer", topic="review") == "Writer"
    assert label(admin, model="gone", topic="review") is None


def test_a_route_to_a_model_that_is_gone_is_not_made_good(admin, model):
    defaults_set(actor=admin, agent=RULES)
    TopicRoute.objects.create(organization_id=admin.organization_id, topic="review", model="model_gone")
    assert label(admin, topic="review") is None


def test_a_topic_is_changed_and_removed_with_a_trail(admin, model):
    topic_set(actor=admin, topic="review", model=RULES)
    topic_set(actor=admin, topic="review", model="Writer")
    assert routes_of(admin.organization_id) == {"review": model.public_id}
    topic_set(actor=admin, topic="Review", model="")
    assert routes_of(admin.organization_id) == {}
    changes = AuditEntry.objects.filter(action="model.topics").order_by("id").values_list("before", "after")
    assert list(changes)[1:] == [({"review": RULES}, {"review": model.public_id}), ({"review": model.public_id}, {})]


def test_the_table_is_replaced_whole(admin, model):
    topics_replace(actor=admin, routes={"review": RULES, "research": "Writer"})
    assert topics_replace(actor=admin, routes={"Coding": RULES}) == {"coding": RULES}
    assert routes_of(admin.organization_id) == {"coding": RULES}


def test_every_problem_of_a_table_is_told_and_nothing_is_kept(admin):
    with pytest.raises(ModelInvalid) as raised:
        topics_replace(actor=admin, routes={" ": RULES, "review": "gone", "research": RULES})
    assert [problem.dotted_path for problem in raised.value.problems] == ["topic", "model"]
    assert routes_of(admin.organization_id) == {}


def test_a_model_of_a_topic_is_in_use(admin, model):
    topic_set(actor=admin, topic="review", model="Writer")
    defaults_set(actor=admin, agent="Writer")
    assert endpoint_users(model) == ["the organization's default agent", "the topic review"]
    topic_set(actor=admin, topic="review", model="")
    defaults_set(actor=admin, agent="")
    endpoint_archive(actor=admin, endpoint=model)


def test_topics_are_for_org_admins(admin):
    owner = Actor(organization_id=admin.organization_id, roles={None: Role.PROJECT_ADMIN_OWNER})
    with pytest.raises(NotAllowed):
        topic_set(actor=owner, topic="review", model=RULES)


def test_another_organizations_topics_are_not_looked_at(admin, model):
    topic_set(actor=admin, topic="review", model="Writer")
    stranger = ModelEndpointFactory().organization_id
    assert resolve_writer(stranger, topic="review") is None
