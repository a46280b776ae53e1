import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agents.models import AgentRun
from console.access import Role
from tests.console.api.conftest import Api, api_as
from tests.factories import ProjectFactory
from tests.support.agents import published_agent

FIELD = {"key": "answer", "title": "Answer", "mode": "agent"}


@pytest.fixture
def config(admin):
    return {"agent_id": published_agent(admin).public_id, "judge_model": "builtin/rules"}


@pytest.fixture
def workflow(api, config) -> str:
    """The path of a published workflow."""
    created = api("POST", "/api/v1/workflows", {"name": "hello", "fields": [{**FIELD, "agentConfig": config}]})
    path = f"/api/v1/workflows/{created.json()['id']}"
    assert api("POST", f"{path}/publish").json()["version"] == 1
    return path


def upload(api: Api, path: str, content: bytes, **query):
    file = SimpleUploadedFile("tasks.csv", content, "text/csv")
    return Client().post(
        f"{path}/tasks/csv",
        {"file": file},
        query_params=query,
        headers={"Authorization": f"Bearer {api.token}"},
    )


def test_a_workflow_is_created_as_a_draft_and_published(api, config):
    created = api("POST", "/api/v1/workflows", {"name": "hello", "fields": [{**FIELD, "agentConfig": config}]})
    assert (created.status_code, created.json()["status"]) == (201, "draft")
    path = f"/api/v1/workflows/{created.json()['id']}"
    assert api("POST", f"{path}/publish").status_code == 200
    assert api("GET", path).json()["status"] == "published"


def test_publishing_what_is_published_makes_no_other_version(api, workflow):
    again = api("POST", f"{workflow}/publish").json()
    assert again["version"] == 1
    (listed,) = api("GET", f"{workflow}/versions").json()["items"]
    assert (listed["id"], listed["fields"][0]["key"]) == (again["id"], "answer")


def test_a_draft_may_be_incomplete_and_is_not_published(api):
    created = api("POST", "/api/v1/workflows", {"name": "hello", "fields": [FIELD]})
    answer = api("POST", f"/api/v1/workflows/{created.json()['id']}/publish")
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == "fields.0.agentConfig.agent_id"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ([{**FIELD, "mode": "telepathy"}], "fields.0.mode"),
        ([FIELD, {**FIELD, "mode": "static"}], "fields.1.key"),
        ([FIELD, {**FIELD, "key": "other"}], "fields.1.mode"),
        ([{**FIELD, "key": "no spaces"}], "fields.0.key"),
    ],
)
def test_wrong_shapes_name_their_field(api, fields, path):
    answer = api("POST", "/api/v1/workflows", {"name": "hello", "fields": fields})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == path


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": "a\0"}, "name"),
        ({"description": "\0"}, "description"),
        ({"fields": [{**FIELD, "agentConfig": {"rubric": "\ud800"}}]}, "fields.0.agentConfig.rubric"),
    ],
)
def test_text_that_can_t_be_stored_is_refused_with_its_path(api, changes, path):
    answer = api("POST", "/api/v1/workflows", {"name": "hello", "fields": [FIELD], **changes})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == path


def test_tasks_are_seeded_from_json(api, workflow):
    answer = api("POST", f"{workflow}/tasks", {"tasks": [{"user": "one"}, {"user": "two"}]})
    assert (answer.status_code, answer.json()["created"], answer.json()["errors"]) == (201, 2, [])
    listed = api("GET", f"{workflow}/tasks").json()["items"]
    assert [task["title"] for task in listed] == ["two", "one"]


def test_a_bare_list_of_tasks_will_do(api, workflow):
    assert api("POST", f"{workflow}/tasks", [{"user": "one"}]).json()["created"] == 1


def test_tasks_are_seeded_from_csv(api, workflow):
    answer = upload(api, workflow, b'user\n"Summarize what environment you are running in."\n')
    assert (answer.status_code, answer.json()["created"]) == (201, 1)
    task = api("GET", f"{workflow}/tasks").json()["items"][0]
    assert task["dataset_id"] == answer.json()["dataset_id"]
    assert task["agent_run"]["status"] == "queued"
    assert api("GET", f"{workflow}/tasks/{task['id']}").json() == task


def test_a_bad_csv_says_where_and_creates_nothing(api, workflow):
    answer = upload(api, workflow, b'user\n"fine"\n""\n')
    assert answer.status_code == 422
    body = answer.json()
    assert (body["created"], body["dataset_id"]) == (0, None)
    assert body["errors"][0]["row"] == 2
    assert body["errors"][0]["column"] == "user"
    assert body["error"]["code"] == "rows_invalid"
    assert AgentRun.objects.count() == 0


def test_a_mistyped_column_gets_a_hint(api, workflow):
    answer = upload(api, workflow, b"usr\nx\n")
    assert answer.status_code == 422
    assert "user" in answer.json()["errors"][0]["message"]


def test_bad_rows_can_be_left_out(api, workflow):
    answer = upload(api, workflow, b'user\n"fine"\n""\n', leave_out_bad_rows="true")
    assert (answer.status_code, answer.json()["created"]) == (201, 1)
    assert len(answer.json()["errors"]) == 1


def test_a_draft_takes_no_tasks(api, config):
    created = api("POST", "/api/v1/workflows", {"name": "draft", "fields": [{**FIELD, "agentConfig": config}]})
    answer = api("POST", f"/api/v1/workflows/{created.json()['id']}/tasks", [{"user": "x"}])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "pipeline_not_published")


def test_the_template_has_the_wired_columns(api, workflow):
    answer = api("GET", f"{workflow}/tasks/template.csv")
    assert answer.content.decode().splitlines()[0] == "user"


def test_a_viewer_reads_and_does_not_seed(project, api, workflow):
    viewer = api_as(project, Role.VIEWER)
    assert viewer("GET", f"{workflow}/tasks").status_code == 200
    assert viewer("POST", f"{workflow}/tasks", [{"user": "x"}]).status_code == 403


def test_another_organizations_workflow_does_not_exist(workflow):
    stranger = api_as(ProjectFactory(), Role.ORG_ADMIN)
    assert stranger("GET", workflow).status_code == 404
    assert stranger("POST", f"{workflow}/tasks", [{"user": "x"}]).status_code == 404


def test_a_list_of_tasks_costs_the_same_however_long(api, workflow, django_assert_max_num_queries):
    api("POST", f"{workflow}/tasks", [{"user": str(n)} for n in range(30)])
    with django_assert_max_num_queries(9):
        assert len(api("GET", f"{workflow}/tasks").json()["items"]) == 30


def test_a_dataset_counts_its_runs(api, workflow):
    dataset = api("POST", f"{workflow}/tasks", [{"user": "x"}]).json()["dataset_id"]
    answer = api("GET", f"/api/datasets/{dataset}").json()
    assert (answer["status"], answer["counts"]["total"], answer["counts"]["ended"]) == ("seeded", 1, 0)
