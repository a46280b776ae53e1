"""Orchestrations over REST, with the bodies that programs send."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.access import Role
from orchestration.models import Pipeline
from orchestration.services.pipelines import pipeline_update
from tests.console.api.conftest import api_as
from tests.factories import ProjectFactory

ROOT = "/api/v1/orchestrations"
SUMMARY = {
    "name": "fetch-and-summarize",
    "nodes": [
        {"id": "fetch", "type": "tool", "tool_id": "tool_abc", "output_mapping": {"result": "state.raw"}},
        {
            "id": "summarise",
            "type": "agent",
            "agent_id": "agt_xyz",
            "input_mapping": {"prompt": "state.raw"},
            "output_mapping": {"content": "state.summary"},
        },
    ],
    "edges": [{"from": "fetch", "to": "summarise"}],
}
FAN_OUT = {
    "name": "fan-out",
    "nodes": [
        {"id": "start", "type": "transform", "expression": {"var": "query"}},
        {"id": "branch_a", "type": "agent", "agent_id": "agt_a", "output_mapping": {"content": "state.a"}},
        {"id": "branch_b", "type": "agent", "agent_id": "agt_b", "output_mapping": {"content": "state.b"}},
    ],
    "edges": [{"from": "start", "to": "branch_a"}, {"from": "start", "to": "branch_b"}],
}


@pytest.fixture
def made(api) -> str:
    """The path of an orchestration."""
    return f"{ROOT}/{api('POST', ROOT, SUMMARY).json()['id']}"


def test_an_orchestration_comes_back_as_it_was_sent(api, project):
    answer = api("POST", ROOT, {**SUMMARY, "project_id": project.public_id})
    body = answer.json()
    assert answer.status_code == 201
    assert body["id"].startswith("orch_")
    assert {key: body[key] for key in SUMMARY} == SUMMARY
    assert (body["project_id"], body["description"], body["version"]) == (project.public_id, None, 1)
    assert api("GET", f"{ROOT}/{body['id']}").json() == body


def test_camel_case_comes_back_as_camel_case(api):
    nodes = [{"id": "a", "type": "agent", "agentId": "agt_1", "inputMapping": {"myKey": "$.someKey"}}]
    body = {"name": "camel", "nodes": nodes, "edges": [], "inputSchema": {"type": "object"}}
    made = api("POST", ROOT, body).json()
    assert (made["nodes"], made["input_schema"]) == (nodes, {"type": "object"})


def test_the_list_has_the_newest_first_and_page_by_page(api):
    for name in ("one", "two", "three"):
        api("POST", ROOT, {**FAN_OUT, "name": name})
    first = api("GET", f"{ROOT}?limit=2").json()
    second = api("GET", f"{ROOT}?limit=2&cursor={first['next_cursor']}").json()
    assert [item["name"] for item in [*first["items"], *second["items"]]] == ["three", "two", "one"]
    assert second["next_cursor"] is None


def test_the_list_costs_the_same_number_of_queries_whatever_its_length(api):

    counts = []
    for name in ("one", "two", "three"):
        api("POST", ROOT, {**FAN_OUT, "name": name})
        with CaptureQueriesContext(connection) as queries:
            assert api("GET", ROOT).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_a_patch_changes_what_it_names_and_makes_a_version_of_another_graph(api, made):
    described = api("PATCH", made, {"description": "Sums up"}).json()
    assert (described["description"], described["name"], described["version"]) == ("Sums up", SUMMARY["name"], 1)
    changed = api("PATCH", made, {"edges": []}).json()
    assert (changed["edges"], changed["nodes"], changed["version"]) == ([], SUMMARY["nodes"], 2)


def test_a_draft_that_a_page_left_is_neither_shown_nor_published_by_another_description(api, made, admin):
    pipeline = Pipeline.objects.get()
    draft = {**pipeline.draft, "edges": []}
    pipeline_update(actor=admin, pipeline=pipeline, name=pipeline.name, definition=draft)
    described = api("PATCH", made, {"description": "Sums up"}).json()
    assert (described["edges"], described["version"]) == (SUMMARY["edges"], 1)
    assert Pipeline.objects.get().draft == draft


def test_a_put_replaces_all_of_it(api, made):
    replaced = api("PUT", made, FAN_OUT).json()
    assert {key: replaced[key] for key in FAN_OUT} == FAN_OUT
    assert replaced["version"] == 2


def test_a_deleted_one_is_gone(api, made):
    assert api("DELETE", made).status_code == 204
    answer = api("GET", made)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ORCHESTRATION_NOT_FOUND")
    assert api("GET", ROOT).json()["items"] == []


def test_a_graph_that_can_t_be_run_is_created_all_the_same(api):
    nodes = [{"id": "a", "type": "transform", "expression": 1}, {"id": "b", "type": "transform", "expression": 1}]
    edges = [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}]
    assert api("POST", ROOT, {"name": "circle", "nodes": nodes, "edges": edges}).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"nodes": [{"type": "human"}]}, "nodes.0.id"),
        ({"nodes": ["human"]}, "nodes.0"),
        ({"edges": [{"from": "a"}]}, "edges.0.to"),
        ({"nodes": "all"}, "nodes"),
        ({"speed": 1}, "speed"),
        ({"nodes": [{"id": "a\0", "type": "human"}]}, "nodes.0.id"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_field(api, change, field):
    answer = api("POST", ROOT, {**FAN_OUT, **change})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == field
    assert not Pipeline.objects.exists()


@pytest.mark.parametrize("missing", ["name", "nodes", "edges"])
def test_name_nodes_and_edges_are_required(api, missing):
    answer = api("POST", ROOT, {key: value for key, value in FAN_OUT.items() if key != missing})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["field"] == missing


def test_a_taken_name_is_told(api, made):
    answer = api("POST", ROOT, SUMMARY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


def test_a_project_that_is_not_the_asker_s_is_not_there(api):
    answer = api("POST", ROOT, {**FAN_OUT, "project_id": ProjectFactory().public_id})
    assert answer.status_code == 404


def test_checking_finds_errors_and_warnings_and_stores_nothing(api):
    answer = api("POST", f"{ROOT}/validate", {**{key: SUMMARY[key] for key in ("nodes", "edges")}})
    assert answer.status_code == 200
    assert answer.json() == {
        "valid": False,
        "errors": [
            {"path": "nodes[0].tool_id", "message": "There is no tool 'tool_abc' here. Choose another."},
            {"path": "nodes[1].agent_id", "message": "There is no agent 'agt_xyz' here. Choose another."},
        ],
        "warnings": [],
    }
    assert not Pipeline.objects.exists()


def test_checking_takes_any_shape(api):
    answer = api("POST", f"{ROOT}/validate", {"nodes": [{"id": 5}], "edges": ["x"]}).json()
    assert [found["path"] for found in answer["errors"]] == ["nodes[0].id", "nodes[0].type", "edges[0]"]
    assert api("POST", f"{ROOT}/validate", {}).json() == {"valid": True, "errors": [], "warnings": []}


def test_a_viewer_reads_and_changes_nothing(api, made, project):
    viewer = api_as(project, Role.VIEWER)
    assert viewer("GET", made).status_code == 200
    for method, path in (("PUT", made), ("POST", ROOT)):
        assert viewer(method, path, FAN_OUT).status_code == 403
    assert viewer("DELETE", made).status_code == 403
