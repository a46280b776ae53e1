import pytest

from console.access import Role
from tests.console.api.conftest import api_as
from tests.factories import AgentFactory, MemoryFactory, ProjectFactory

MEMORIES = "/api/memories"


@pytest.fixture
def memory_id(api):
    return api("POST", MEMORIES, {"name": "Customers"}).json()["id"]


@pytest.fixture
def entries(memory_id):
    return f"{MEMORIES}/{memory_id}/entries"


def test_a_memory_is_created_listed_and_deleted(api, project, memory_id):
    [item] = api("GET", MEMORIES).json()["items"]
    assert (item["id"], item["scope"], item["project_id"]) == (memory_id, "project", project.public_id)
    assert (item["entry_count"], item["last_written_at"]) == (0, None)
    assert api("DELETE", f"{MEMORIES}/{memory_id}").status_code == 204
    assert api("GET", f"{MEMORIES}/{memory_id}").status_code == 404


def test_a_memory_may_be_of_an_agent(api, project):
    agent = AgentFactory(organization=project.organization)
    made = api("POST", MEMORIES, {"name": "Tricks", "scope": "agent", "agent_id": agent.public_id})
    assert (made.status_code, made.json()["agent_id"], made.json()["project_id"]) == (201, agent.public_id, None)
    assert api("POST", MEMORIES, {"name": "x", "scope": "agent", "agent_id": "agt_x"}).status_code == 404
    assert api("POST", MEMORIES, {"name": "x", "scope": "agent"}).json()["error"]["code"] == "memory_invalid"


def test_writing_says_what_became_of_it(api, entries):
    bodies = [
        {"content": "The limit is 100.", "key": "limit", "tags": ["rules"]},
        {"content": "The limit is 200.", "key": "limit"},
        {"content": "The limit is 200.", "key": "limit"},
        {"content": {"limit": 200}},
    ]
    answers = [api("POST", entries, body).json() for body in bodies]
    assert [answer["action"] for answer in answers] == ["created", "updated", "unchanged", "created"]
    assert answers[1]["entry"]["tags"] == ["rules"]
    assert answers[3]["entry"]["content"] == '{"limit": 200}'


def test_what_counts_and_what_counted_are_listed_apart(api, entries):
    first = api("POST", entries, {"content": "The limit is 100.", "key": "limit"}).json()["entry"]
    second = api("POST", entries, {"content": "The limit is 200.", "replaces": first["id"]}).json()["entry"]
    assert [item["id"] for item in api("GET", entries).json()["items"]] == [second["id"]]
    ever = api("GET", f"{entries}?all_ever=true").json()["items"]
    assert [(item["id"], item["replaced_by"]) for item in ever] == [(second["id"], None), (first["id"], second["id"])]
    history = api("GET", f"{entries}/{second['id']}/history").json()["items"]
    assert [item["content"] for item in history] == ["The limit is 200.", "The limit is 100."]


def test_a_forgotten_entry_stays_in_the_history(api, entries):
    entry = api("POST", entries, {"content": "Likes tea."}).json()["entry"]
    assert api("DELETE", f"{entries}/{entry['id']}").status_code == 204
    assert api("GET", entries).json()["items"] == []
    kept = api("GET", f"{entries}/{entry['id']}").json()
    assert (kept["content"], kept["superseded_at"] is not None, kept["replaced_by"]) == ("Likes tea.", True, None)
    again = api("DELETE", f"{entries}/{entry['id']}")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "entry_not_current")


def test_what_cannot_be_written_is_told_with_its_field(api, entries):
    error = api("POST", entries, {"content": " ", "key": "k" * 129}).json()["error"]
    assert [problem["field"] for problem in error["details"]["problems"]] == ["content", "key"]


def test_the_lists_take_as_many_queries_for_many_as_for_one(api, project, entries, django_assert_max_num_queries):
    MemoryFactory.create_batch(5, project=project)
    for number in range(6):
        api("POST", entries, {"content": f"Fact {number}"})
    with django_assert_max_num_queries(6):
        assert len(api("GET", MEMORIES).json()["items"]) == 6
    with django_assert_max_num_queries(7):
        assert len(api("GET", entries).json()["items"]) == 6


def test_a_viewer_reads_and_writes_nothing(api, project, entries):
    api("POST", entries, {"content": "Likes tea."})
    viewer = api_as(project, Role.VIEWER)
    assert viewer("GET", entries).json()["items"][0]["content"] == "Likes tea."
    assert viewer("POST", entries, {"content": "Likes coffee."}).status_code == 403


def test_another_organization_s_memory_does_not_exist(entries):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("GET", entries).status_code == 404
    assert stranger("POST", entries, {"content": "x"}).status_code == 404
