import pytest

from console.access import Role
from tests.console.api.conftest import api_as
from tests.factories import ProjectFactory, ToolFactory
from tests.support.web_server import Answer, WebServer

TOOL = {
    "name": "desk",
    "url": "https://desk.example.com/tickets/{{id}}",
    "headers": [{"name": "X-Client", "value": "callboard"}],
    "input_schema": {"type": "object", "required": ["id"]},
}


@pytest.fixture
def server(settings):
    with WebServer() as server:
        settings.CALLBOARD_TRUSTED_HOSTS = [f"127.0.0.1:{server.port}"]
        yield server


def test_a_tool_is_added_read_listed_replaced_and_archived(api):
    created = api("POST", "/api/tools", TOOL)
    assert (created.status_code, created.json()["method"], created.json()["timeout_s"]) == (201, "POST", 30)
    path = f"/api/tools/{created.json()['id']}"
    assert api("GET", path).json() == created.json()
    assert api("GET", "/api/tools").json()["items"] == [created.json()]
    replaced = api("PUT", path, {"name": "desk", "url": TOOL["url"], "method": "GET"}).json()
    assert (replaced["method"], replaced["headers"], replaced["input_schema"]) == ("GET", [], None)
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404


def test_bad_descriptions_name_their_fields(api):
    answer = api("POST", "/api/tools", {**TOOL, "url": "ftp://x", "timeout_s": 0})
    fields = [problem["field"] for problem in answer.json()["error"]["details"]["problems"]]
    assert (answer.status_code, fields) == (422, ["url", "timeout_s"])


def test_a_taken_name_is_a_conflict(api):
    api("POST", "/api/tools", TOOL)
    answer = api("POST", "/api/tools", {**TOOL, "name": "Desk"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


def test_a_trial_makes_a_real_call(api, server):
    server.script([Answer(200, b'{"state": "open"}')])
    tool_id = api("POST", "/api/tools", {**TOOL, "url": server.url + "/{{id}}", "method": "GET"}).json()["id"]
    answer = api("POST", f"/api/tools/{tool_id}/try", {"input": {"id": 7}})
    assert (answer.status_code, answer.json()["output"], answer.json()["error"]) == (200, {"state": "open"}, None)
    assert (server.requests[0].path, server.requests[0].headers["idempotency-key"][:4]) == ("/7", "try_")


def test_a_trial_that_fails_says_how_a_step_would(api, server):
    server.script([Answer(503, b"Busy")])
    tool_id = api("POST", "/api/tools", {**TOOL, "url": server.url + "/{{id}}"}).json()["id"]
    answer = api("POST", f"/api/tools/{tool_id}/try", {"input": {"id": 7}}).json()
    assert (answer["output"], answer["error"]["code"], answer["error"]["is_retryable"]) == (
        None, "tool_http_error", True,
    )  # fmt: skip
    assert answer["error"]["details"]["status"] == 503
    unfit = api("POST", f"/api/tools/{tool_id}/try", {"input": {}}).json()["error"]
    assert unfit["details"]["problems"] == [{"path": "id", "message": "This is required."}]


def test_another_organizations_tool_does_not_exist(api):
    stranger = ToolFactory()
    path = f"/api/tools/{stranger.public_id}"
    assert {api(method, path, TOOL).status_code for method in ("GET", "PUT", "DELETE")} == {404}
    assert api("POST", f"{path}/try", {}).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_tools_are_hidden_from_other_roles(project, role):
    ask = api_as(project, role)
    assert {ask(method, "/api/tools", TOOL).status_code for method in ("GET", "POST")} == {403}


def test_lists_are_paged_by_key(api, project):
    ToolFactory.create_batch(3, organization=project.organization)
    ToolFactory(organization=ProjectFactory().organization)
    first = api("GET", "/api/tools?limit=2").json()
    second = api("GET", f"/api/tools?limit=2&cursor={first['next_cursor']}").json()
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [2, 1, None]


def test_a_list_takes_as_many_queries_for_many_tools_as_for_one(api, project, django_assert_max_num_queries):
    ToolFactory.create_batch(6, organization=project.organization)
    with django_assert_max_num_queries(7):
        api("GET", "/api/tools")
