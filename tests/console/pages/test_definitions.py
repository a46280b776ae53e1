import json

import pytest
from django.urls import reverse

from console.access import Role
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import pipeline_create
from tests.console.pages.conftest import client_as
from tests.factories import ProjectFactory
from tests.support.answers import text
from tests.support.graphs import ASKING, GATED, published, started

BROKEN = {
    "nodes": [{"id": "a", "type": "transform"}, {"id": "b", "type": "nothing"}],
    "edges": [{"from": "a", "to": "gone"}],
}


def sent(definition, **values):
    body = definition if isinstance(definition, str) else json.dumps(definition, indent=2)
    return {"name": "Graph", "description": "", "definition": body, "act": "save", **values}


@pytest.fixture
def pipeline(admin, project):
    return published(admin, project, Dialect.NODES, ASKING, "Asking")


# The page of a pipeline -----------------------------------------------------------------------------------------------


def test_the_list_names_the_kind_of_each_pipeline_and_how_its_runs_went(client, admin, pipeline):
    started(admin, pipeline, query="x")
    page = text(client.get("/pipelines"))
    assert "Asking" in page
    assert "Nodes" in page
    assert "0 of the last 1 run failed" in page


def test_the_list_takes_as_many_queries_for_pipelines_of_every_kind(
    client, admin, project, pipeline, django_assert_max_num_queries
):
    for place in range(4):
        started(admin, published(admin, project, Dialect.NODES, ASKING, f"p{place}"), query="x")
    with django_assert_max_num_queries(7):  # session, user, memberships, projects, names; rows; agents
        client.get("/pipelines")


def test_a_pipeline_shows_its_graph_its_runs_and_its_versions(client, admin, pipeline):
    started(admin, pipeline, query="x")
    page = text(client.get(f"/pipelines/{pipeline.public_id}"))
    for words in ("New runs take version 1", "A run", "Start a run", "Person", "data-graph="):
        assert words in page
    assert reverse("pipeline-seed", args=[pipeline.public_id]) not in page


def test_its_page_takes_as_many_queries_for_many_runs(client, admin, pipeline, django_assert_max_num_queries):
    for _ in range(5):
        started(admin, pipeline, query="x")
    with django_assert_max_num_queries(10):
        client.get(f"/pipelines/{pipeline.public_id}")


def test_versions_are_compared_as_json(client, admin, pipeline):
    changed = {**ASKING, "nodes": [{**ASKING["nodes"][0], "name": "Beginning"}, *ASKING["nodes"][1:]]}
    client.post(f"/pipelines/{pipeline.public_id}/edit", sent(changed, act="publish"))
    page = text(client.get(f"/pipelines/{pipeline.public_id}/versions"))
    assert "<ins>Beginning</ins>" in page


# The definition as JSON -----------------------------------------------------------------------------------------------


def test_a_new_pipeline_begins_with_something_that_runs(client):
    for kind in ("steps", "nodes"):
        page = client.get(f"/pipelines/new/{kind}")
        answer = client.post(
            f"/pipelines/new/{kind}", sent(page.context["form"].text, name=f"My {kind}", act="publish")
        )
        pipeline = Pipeline.objects.select_related("latest").get(name=f"My {kind}")
        assert (answer.status_code, pipeline.latest.number, pipeline.dialect) == (303, 1, kind)


def test_saving_keeps_a_draft_and_publishes_nothing(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", sent({**ASKING, "edges": ASKING["edges"][:2]}))
    pipeline.refresh_from_db()
    assert (answer.status_code, pipeline.has_changes, pipeline.latest.number) == (303, True, 1)


def test_what_is_no_json_is_shown_with_its_line_and_kept(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", sent('{\n  "nodes": [,]\n}'))
    page = text(answer)
    assert (answer.status_code, "Line 2" in page, "This is not JSON" in page) == (422, True, True)
    assert "[,]" in page


def test_checking_shows_each_problem_at_its_line_and_its_node_and_saves_nothing(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", sent(BROKEN, act="check"))
    shown = answer.context["form"].shown
    lines = {item.path.split(".")[0]: item.line for item in shown}
    assert (answer.status_code, {"nodes", "edges"} <= set(lines)) == (200, True)
    picture = {node["id"]: node["problems"] for node in answer.context["picture"].data["nodes"]}
    assert (bool(picture["a"]), bool(picture["b"])) == (True, True)
    text_lines = json.dumps(BROKEN, indent=2).split("\n")
    of_type = next(item for item in shown if item.path == "nodes.1.type")
    assert '"type": "nothing"' in text_lines[of_type.line - 1]
    pipeline.refresh_from_db()
    assert not pipeline.has_changes


def test_what_can_not_be_published_is_saved_and_shown_with_what_is_missing(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", sent(BROKEN, act="publish"), follow=True)
    page = text(answer)
    assert "can’t be published yet" in page
    assert "There is no type of node" in page


def test_what_looks_like_a_mistake_is_a_warning_and_keeps_nothing_from_being_published(client, pipeline):
    lonely = {**ASKING, "edges": [*ASKING["edges"], {"from": "check", "to": "no", "condition": "never"}]}
    answer = client.post(f"/pipelines/{pipeline.public_id}/edit", sent(lonely, act="check"))
    assert answer.context["form"].errors == []
    assert client.post(f"/pipelines/{pipeline.public_id}/edit", sent(lonely, act="publish")).status_code == 303


def test_a_name_that_is_taken_is_said_at_the_name(client, admin, project, pipeline):
    answer = client.post("/pipelines/new/nodes", sent(ASKING, name="Asking"))
    assert (answer.status_code, "This name is taken" in text(answer)) == (422, True)


# Stages ---------------------------------------------------------------------------------------------------------------


def stage(uid, **values):
    """Return the controls of a stage; those named True are ticked."""
    plain = {"name": f"Stage {uid}", "topic": "coding", "prompt": "", "open": "1", **values}
    return {f"s{uid}-{name}": "on" if value is True else value for name, value in plain.items()}


def test_stages_are_written_in_a_list_and_published(client):
    data = {
        "name": "Review", "row": ["0", "1"], "act": "publish", **stage(0),
        **stage(1, qa=True, target="0", retries="2", gate=True, timeout="1", unit="3600", default="stop"),
    }  # fmt: skip
    assert client.post("/pipelines/new/stages", data).status_code == 303
    stages = Pipeline.objects.select_related("latest").get().latest.definition["stages"]
    assert (stages[1]["stageType"], stages[1]["retryTargetStage"], stages[1]["maxRetries"]) == ("qa_validation", 0, 2)
    assert stages[1]["approvalGate"]["timeoutSeconds"] == 3600


def test_a_button_of_the_list_changes_the_form_and_saves_nothing(client):
    data = {"name": "Review", "row": ["0", "1"], **stage(0), **stage(1)}
    moved = client.post("/pipelines/new/stages", {**data, "act": "up:1"}, headers={"HX-Request": "true"})
    assert [row.name for row in moved.context["form"].rows] == ["Stage 1", "Stage 0"]
    assert ("<html" in text(moved), Pipeline.objects.exists()) == (False, False)


def test_all_problems_of_the_list_are_shown_at_once(client):
    data = {"name": "", "row": ["0", "1"], "act": "save", **stage(0, qa=True, retries="3"), **stage(1, topic="")}
    answer = client.post("/pipelines/new/stages", data)
    labels = [item.label for item in answer.context["form"].shown]
    assert (answer.status_code, labels) == (422, ["Name", "Stage 2, topic", "Stage 1, check"])


def test_the_picture_of_the_list_draws_gates_and_the_way_back(client):
    data = {"name": "x", "row": ["0", "1"], "act": "show", **stage(0, gate=True), **stage(1, qa=True, retries="3")}
    data = client.post("/pipelines/new/stages", data).context["picture"].data
    assert [node["kind"] for node in data["nodes"]] == ["Stage", "Gate", "QA"]
    assert [loop["target"] for loop in data["loops"]] == ["stage-0"]


def test_stages_can_be_edited_as_json_too(client, admin, project):
    pipeline = published(admin, project, Dialect.STAGES, GATED, "Deployment")
    assert "Drag, or use Alt" in text(client.get(f"/pipelines/{pipeline.public_id}/edit"))
    assert "definition.json" in text(client.get(f"/pipelines/{pipeline.public_id}/edit?view=json"))


def test_a_template_of_ours_is_copied_rather_than_changed(client, admin, project):
    pipeline = published(admin, project, Dialect.STAGES, GATED, "Deployment")
    Pipeline.objects.filter(pk=pipeline.pk).update(draft={**pipeline.draft, "preset": "deployment"})
    page = text(client.get(f"/pipelines/{pipeline.public_id}"))
    assert ("Copy and edit" in page, reverse("pipeline-edit", args=[pipeline.public_id]) in page) == (True, False)
    answer = client.post(f"/pipelines/{pipeline.public_id}/copy", follow=True)
    assert "Copy of Deployment is yours to change" in text(answer)


# Starting -------------------------------------------------------------------------------------------------------------


def test_the_form_is_made_of_the_schema(client, pipeline):
    page = text(client.get(f"/pipelines/{pipeline.public_id}/start"))
    assert ("Question" in page, 'name="input-1"' in page) == (True, True)


def test_a_run_is_started_and_opened(client, pipeline):
    answer = client.post(
        f"/pipelines/{pipeline.public_id}/start", {"title": "Mine", "input-0": "why", "input-1": "2"}, follow=True
    )
    run = answer.context["run"]
    assert (run.title, run.input, "Is this right?" in text(answer)) == ("Mine", {"query": "why", "depth": 2}, True)


def test_what_does_not_fit_is_said_at_its_field_and_kept(client, pipeline):
    answer = client.post(f"/pipelines/{pipeline.public_id}/start", {"title": "", "input-0": "", "input-1": "many"})
    assert (answer.status_code, "Use a whole number" in text(answer), "many" in text(answer)) == (422, True, True)
    missing = client.post(f"/pipelines/{pipeline.public_id}/start", {"input-1": "1"})
    assert (missing.status_code, bool(missing.context["fields"][0].problem)) == (422, True)


def test_the_input_may_be_given_as_json(client, pipeline):
    path = f"/pipelines/{pipeline.public_id}/start"
    assert client.post(path, {"as": "json", "input": '{"query": "x"}'}).status_code == 303
    wrong = client.post(path, {"as": "json", "input": "[1]"})
    assert (wrong.status_code, "Use a JSON object" in text(wrong)) == (422, True)


def test_stages_are_started_with_a_description_and_parameters(client, admin, project):
    definition = {**GATED, "parameters": [{"key": "region", "requirement": "required"}]}
    pipeline = published(admin, project, Dialect.STAGES, definition, "Deployment")
    path = f"/pipelines/{pipeline.public_id}/start"
    refused = client.post(path, {"input-0": "Ship it", "input-1-0": ""})
    assert (refused.status_code, bool(refused.context["fields"][1].problem)) == (422, True)
    answer = client.post(path, {"input-0": "Ship it", "input-1-0": "eu"}, follow=True)
    assert answer.context["run"].input == {"description": "Ship it", "params": {"region": "eu"}}


def test_the_input_of_an_earlier_run_is_a_beginning(client, admin, pipeline):
    run = started(admin, pipeline, query="as before")
    assert "as before" in text(client.get(f"/pipelines/{pipeline.public_id}/start?like={run.public_id}"))


def test_a_draft_can_not_be_started(client, admin, project):
    draft = pipeline_create(actor=admin, project=project, name="Draft", dialect_name=Dialect.NODES, definition=ASKING)
    answer = client.get(f"/pipelines/{draft.public_id}/start", follow=True)
    assert "A draft can’t be run" in text(answer)


# Who may, and how -----------------------------------------------------------------------------------------------------

_FORMS = ("edit", "start")


def test_a_viewer_sees_a_pipeline_and_changes_nothing(project, pipeline):
    client = client_as(project, Role.VIEWER)
    page = text(client.get(f"/pipelines/{pipeline.public_id}"))
    assert ("data-graph=" in page, "Start a run" in page) == (True, False)
    assert {client.post(f"/pipelines/{pipeline.public_id}/{form}").status_code for form in _FORMS} == {403}
    assert {client.get(f"/pipelines/new/{kind}").status_code for kind in ("stages", "steps", "nodes")} == {403}


def test_another_organizations_pipeline_does_not_exist(pipeline):
    client = client_as(ProjectFactory())
    assert {client.get(f"/pipelines/{pipeline.public_id}/{form}").status_code for form in _FORMS} == {404}


def test_what_people_wrote_is_escaped(client, admin, project):
    definition = {"nodes": [{"id": "a", "type": "human", "name": "<b>bold</b>", "prompt": "x"}], "edges": []}
    pipeline = published(admin, project, Dialect.NODES, definition, "<i>x</i>")
    for page in ("", "/edit", "/start"):
        answer = text(client.get(f"/pipelines/{pipeline.public_id}{page}"))
        assert ("<b>bold" in answer, "<i>x" in answer) == (False, False)
