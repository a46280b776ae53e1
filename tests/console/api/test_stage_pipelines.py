import pytest

from agents.models import ModelDefaults
from console.access import Role
from console.tenancy import by_public_id
from orchestration.models import Dialect, Pipeline, Run
from orchestration.services.presets import presets_install
from orchestration.services.stages import TemplateWords, template_create
from tests.console.api.conftest import api_as
from tests.engine.stages.conftest import CHECK, GATED, POLISH, WRITE, worked
from tests.factories import PipelineFactory

URL = "/api/pipelines"
BODY = {"name": "Letters", "description": "Writes letters.", "stages": [GATED, POLISH]}


@pytest.fixture(autouse=True)
def _rules_write(project):
    ModelDefaults.objects.create(organization_id=project.organization_id, agent="builtin/rules")


@pytest.fixture
def made(api):
    return api("POST", f"{URL}/templates", BODY).json()


def started(api, template, **more):
    """Start a run, have the workers do what they can, and return its id."""
    answer = api("POST", URL, {"templateId": template["id"], "description": "A greeting", **more})
    assert answer.status_code == 201, answer.content
    worked(by_public_id(Run.objects.all(), answer.json()["id"]))
    return answer.json()["id"]


def test_a_template_is_made_read_changed_and_deleted(api, made):
    assert (made["version"], made["isPreset"]) == (1, False)
    assert made["stages"][0]["prompt"] == WRITE["prompt"]
    one = f"{URL}/templates/{made['id']}"
    changed = api("PUT", one, {**BODY, "name": "Notes", "stages": [WRITE]}).json()
    assert (changed["name"], changed["version"], len(changed["stages"])) == ("Notes", 2, 1)
    assert api("DELETE", one).json() == {"deleted": True}
    assert api("GET", one).status_code == 404
    assert api("GET", f"{URL}/templates").json()["templates"] == []


def test_all_problems_of_a_template_come_at_once_and_nothing_is_kept(api):
    answer = api("POST", f"{URL}/templates", {**BODY, "stages": [{"name": ""}, {**CHECK, "retryTargetStage": 7}]})
    fields = {problem["field"] for problem in answer.json()["error"]["details"]["problems"]}
    assert answer.status_code == 422
    assert fields == {"stages.0.name", "stages.0.topic", "stages.1.retryTargetStage"}
    assert Pipeline.objects.count() == 0


def test_what_is_wrong_only_when_it_is_published_keeps_nothing_either(api):
    stage = {**WRITE, "agent": "agt_01K9X4Z7QD8M3V5T2B6N8C1F0A"}
    assert api("POST", f"{URL}/templates", {**BODY, "stages": [stage]}).status_code == 422
    assert Pipeline.objects.count() == 0


def test_a_name_is_taken_once(api, made):
    answer = api("POST", f"{URL}/templates", BODY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


def test_presets_stand_first_can_be_copied_and_stay_as_they_are(api, admin, project, made):
    assert presets_install(actor=admin, project=project) == 3
    assert presets_install(actor=admin, project=project) == 0
    listed = api("GET", f"{URL}/templates").json()["templates"]
    assert [item["isPreset"] for item in listed] == [True, True, True, False]
    preset = f"{URL}/templates/{listed[0]['id']}"
    for answer in (api("PUT", preset, BODY), api("DELETE", preset)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "preset_read_only")
    copied = api("POST", f"{preset}/copy", {"name": "Ours"}).json()
    assert (copied["name"], copied["isPreset"]) == ("Ours", False)
    assert copied["stages"] == listed[0]["stages"]


@pytest.mark.parametrize("name", ["Code Review", "Research", "Deployment"])
def test_every_preset_runs_offline_to_its_end(api, admin, project, name):
    presets_install(actor=admin, project=project)
    listed = api("GET", f"{URL}/templates").json()["templates"]
    template = next(item for item in listed if item["name"] == name)
    run_id = started(api, template, params={"version": "1.0"} if name == "Deployment" else {})
    found = api("GET", f"{URL}/{run_id}").json()
    if found["requiredAction"]:
        place = found["requiredAction"]["index"]
        assert api("POST", f"{URL}/{run_id}/gates/{place}", {"decision": "approve"}).status_code == 200
        worked(by_public_id(Run.objects.all(), run_id))
    assert api("GET", f"{URL}/{run_id}").json()["status"] == "completed"


def test_a_run_shows_its_stages_and_what_it_waits_for(api, made):
    run_id = started(api, made)
    found = api("GET", f"{URL}/{run_id}").json()
    assert found["status"] == "awaiting_approval"
    assert [stage["status"] for stage in found["stages"]] == ["awaiting_approval", "pending"]
    assert (found["requiredAction"]["type"], found["requiredAction"]["node_id"]) == ("approval", "gate-0")
    assert "builtin/rules" in found["stages"][0]["output"]
    assert found["stages"][0]["handoff"]["decisions"] == []
    assert found["description"] == "A greeting"


@pytest.mark.parametrize("stage", ["0", "gate-0"])
def test_a_gate_is_decided_by_its_stage_or_by_its_own_id(api, made, stage):
    run_id = started(api, made)
    answer = api("POST", f"{URL}/{run_id}/gates/{stage}", {"decision": "approve", "comment": "Fine."})
    assert answer.status_code == 200
    gate = answer.json()["stages"][0]["gate"]
    assert (gate["decision"], gate["comment"], gate["status"]) == ("approve", "Fine.", "completed")
    assert answer.json()["stages"][0]["status"] == "approved"


def test_a_second_decision_is_a_conflict_that_names_the_first(api, made):
    run_id = started(api, made)
    api("POST", f"{URL}/{run_id}/gates/0", {"decision": "approve"})
    answer = api("POST", f"{URL}/{run_id}/gates/0", {"decision": "stop"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]["decision"]) == (409, "already_decided", "approve")


def test_a_decision_that_is_not_offered_is_refused(api, made):
    answer = api("POST", f"{URL}/{started(api, made)}/gates/0", {"decision": "perhaps"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "answer_refused")


@pytest.mark.parametrize("stage", ["1", "7", "gate-1", "nothing"])
def test_where_there_is_no_gate_there_is_nothing_to_decide(api, made, stage):
    answer = api("POST", f"{URL}/{started(api, made)}/gates/{stage}", {"decision": "approve"})
    assert answer.status_code in {404, 409}


def test_a_check_that_was_not_passed_is_decided_by_its_stage(api):
    check = {**CHECK, "maxRetries": 1}
    template = api("POST", f"{URL}/templates", {**BODY, "stages": [WRITE, check, POLISH]}).json()
    run_id = started(api, template, description="This must FAIL")
    found = api("GET", f"{URL}/{run_id}").json()
    assert found["requiredAction"]["type"] == "qa_escalation"
    assert [tried["generation"] for tried in found["stages"][0]["tries"]] == [0, 1]
    assert api("POST", f"{URL}/{run_id}/gates/1", {"decision": "accept"}).status_code == 200


def test_stopping_answers_whether_there_was_anything_to_stop(api, made):
    run_id = started(api, made)
    assert api("POST", f"{URL}/{run_id}/stop").json() == {"stopped": True}
    assert api("POST", f"{URL}/{run_id}/stop").json() == {"stopped": False}
    found = api("GET", f"{URL}/{run_id}").json()
    assert (found["status"], found["stages"][0]["status"]) == ("stopped", "completed")


def test_a_start_says_all_that_is_wrong_with_what_was_given(api):
    parameters = [{"key": "size", "inputType": "number", "requirement": "required"}]
    template = api("POST", f"{URL}/templates", {**BODY, "parameters": parameters}).json()
    answer = api("POST", URL, {"templateId": template["id"], "params": {"size": "large", "colour": "red"}})
    fields = {problem["field"] for problem in answer.json()["error"]["details"]["problems"]}
    assert (answer.status_code, fields) == (422, {"params.size", "params.colour"})


def test_runs_are_listed_the_newest_first_and_by_template(api, made):
    first, second = started(api, made), started(api, made)
    other = api("POST", f"{URL}/templates", {**BODY, "name": "Other", "stages": [WRITE]}).json()
    third = started(api, other)
    assert [run["id"] for run in api("GET", URL).json()["pipelines"]] == [third, second, first]
    listed = api("GET", f"{URL}?templateId={made['id']}").json()["pipelines"]
    assert [run["status"] for run in listed] == ["awaiting_approval", "awaiting_approval"]
    page = api("GET", f"{URL}?limit=2").json()
    assert [run["id"] for run in api("GET", f"{URL}?cursor={page['next_cursor']}").json()["pipelines"]] == [first]


def test_a_list_of_runs_costs_the_same_however_long(api, made, django_assert_max_num_queries):
    for count in (1, 5):
        for _ in range(count):
            started(api, made)
        with django_assert_max_num_queries(5):
            api("GET", URL)


def test_handoffs_come_as_markdown(api, made):
    answer = api("GET", f"{URL}/{started(api, made)}/handoffs")
    assert answer["Content-Type"].startswith("text/markdown")
    text = answer.content.decode()
    assert text.startswith("# Handoffs of A greeting")
    assert "## Write" in text


def test_other_pipelines_are_not_among_templates(api, project):
    other = PipelineFactory(project=project, dialect=Dialect.FIELDS)
    assert api("GET", f"{URL}/templates/{other.public_id}").status_code == 404
    assert api("GET", f"{URL}/templates").json()["templates"] == []


def test_a_member_makes_templates_and_a_viewer_only_looks(admin, project):
    definition = {"stages": [WRITE]}
    made = template_create(actor=admin, project=project, words=TemplateWords("A"), definition=definition)
    assert api_as(project, Role.MEMBER)("POST", f"{URL}/templates", BODY).status_code == 201
    viewer = api_as(project, Role.VIEWER)
    assert viewer("GET", f"{URL}/templates/{made.public_id}").status_code == 200
    assert viewer("POST", f"{URL}/templates", {**BODY, "name": "Mine"}).status_code == 403
    assert viewer("POST", URL, {"templateId": made.public_id}).status_code == 403
