import pytest

from console.access import Role
from tests.console.api.conftest import api_as
from tests.factories import ModelEndpointFactory

TOPICS = "/api/models/topics"


def test_the_table_is_set_whole_and_read(api, project):
    model = ModelEndpointFactory(organization=project.organization, display_name="Writer")
    api("PUT", "/api/models/defaults", {"agent": "builtin/rules"})
    sent = [{"topic": "Research", "model": "builtin/rules"}, {"topic": "coding", "model": "Writer"}]
    answer = api("PUT", TOPICS, {"topics": sent})
    assert answer.json() == {
        "topics": [{"topic": "coding", "model": model.public_id}, {"topic": "research", "model": "builtin/rules"}],
        "default": "builtin/rules",
    }
    assert api("GET", TOPICS).json() == answer.json()
    assert api("PUT", TOPICS, {"topics": []}).json()["topics"] == []


def test_a_model_that_is_not_there_is_named(api):
    answer = api("PUT", TOPICS, {"topics": [{"topic": "coding", "model": "gone"}]})
    problem = answer.json()["error"]["details"]["problems"][0]
    assert (answer.status_code, problem["field"], "'gone'" in problem["message"]) == (422, "model", True)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_other_roles_read_the_topics_alone(project, role):
    ask = api_as(project, role)
    assert ask("GET", TOPICS).json() == {"topics": [], "default": ""}
    assert ask("PUT", TOPICS, {"topics": []}).status_code == 403
