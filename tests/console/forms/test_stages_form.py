import pytest
from django.http import QueryDict

from console.errors import Problem
from console.forms.stages import StagesForm
from orchestration.dialects.stages import normalize

TEMPLATE = {
    "stages": [
        {"name": "Write", "topic": "coding", "prompt": "{{description}}", "timeoutSeconds": 60},
        {"name": "Check", "topic": "review", "stageType": "qa_validation", "maxRetries": 2, "retryTargetStage": 0,
         "approvalGate": {"approvers": ["a@example.com", "b@example.com"], "role": "member", "timeoutSeconds": 7200,
                          "defaultDecision": "skip"}},
        {"name": "Ship", "topic": "coding", "agent": "agt_1"},
    ],
    "parameters": [
        {"key": "region", "inputType": "select", "options": ["eu", "us"], "default": "eu", "requirement": "required"},
        {"key": "count", "inputType": "number", "default": 3},
    ],
}  # fmt: skip


@pytest.fixture
def form():
    return StagesForm.of_definition("Review", "", TEMPLATE)


def sent(form):
    """Return what a browser sends of a form."""
    data = QueryDict(mutable=True)
    data.update({"name": form.name, "description": form.description, "rest": form.rest_json})
    for row in form.rows:
        data.appendlist("row", row.uid)
        values = {"name": row.name, "topic": row.topic, "prompt": row.prompt, "agent": row.agent, "target": row.target,
                  "retries": row.max_retries, "approvers": row.approvers, "role": row.role, "timeout": row.timeout,
                  "unit": row.unit, "default": row.default, "rest": row.rest}  # fmt: skip
        values |= {"qa": "on"} if row.is_qa else {}
        values |= {"gate": "on"} if row.has_gate else {}
        data.update({f"s{row.uid}-{name}": value for name, value in values.items()})
    for row in form.parameters:
        data.appendlist("parameter", row.uid)
        values = {"key": row.key, "description": row.description, "kind": row.kind, "requirement": row.requirement,
                  "default": row.default, "options": row.options}  # fmt: skip
        data.update({f"p{row.uid}-{name}": value for name, value in values.items()})
    return data


def test_a_template_goes_through_the_form_unchanged(form):
    assert normalize(form.definition()) == normalize(TEMPLATE)
    assert normalize(StagesForm.sent(sent(form)).definition()) == normalize(TEMPLATE)


def test_a_time_is_shown_in_the_largest_unit_that_goes_into_it(form):
    assert (form.rows[1].timeout, form.rows[1].unit) == ("2", "3600")


def test_a_check_keeps_its_target_when_stages_move(form):
    form.change("down:0")
    names = [(row.name, row.target) for row in form.rows]
    assert names == [("Check", "0"), ("Write", ""), ("Ship", "")]
    assert form.definition()["stages"][0]["retryTargetStage"] == 1
    form.change("up:0")
    assert form.definition()["stages"][1]["retryTargetStage"] == 0


def test_a_removed_target_is_left_open(form):
    form.change("remove:0")
    assert "retryTargetStage" not in form.definition()["stages"][0]


def test_a_copy_stands_behind_its_stage_with_all_its_settings(form):
    form.change("copy:1")
    names = [stage["name"] for stage in form.definition()["stages"]]
    assert names == ["Write", "Check", "Check copy", "Ship"]
    assert form.definition()["stages"][2]["approvalGate"]["role"] == "member"


@pytest.mark.parametrize("act", ["up:0", "down:2", "remove:9", "nonsense", "copy:"])
def test_what_can_not_be_done_changes_nothing(form, act):
    before = form.definition()
    form.change(act)
    assert form.definition() == before


def test_stages_and_parameters_are_added_at_the_end(form):
    form.change("add")
    form.change("add-parameter")
    assert (form.rows[-1].name, form.parameters[-1].key, len({row.uid for row in form.rows})) == ("", "", 4)
    form.change("remove-parameter:2")
    assert [row.key for row in form.parameters] == ["region", "count"]


def test_problems_stand_at_their_controls_and_open_their_stage(form):
    form.show([
        Problem("Too short.", "stages", 0, "name"), Problem("Nobody.", "stages", 1, "approvalGate", "approvers", 0),
        Problem("Odd.", "stages", 2), Problem("Taken.", "name"), Problem("Bad.", "parameters", 1, "default"),
    ])  # fmt: skip
    assert form.rows[0].problems == {"name": "Too short."}
    assert (form.rows[1].problems, form.rows[1].is_open) == ({"approvers": "Nobody."}, True)
    assert (form.rows[2].problems, form.problems) == ({"other": "Odd."}, {"name": "Taken."})
    assert [item.anchor for item in form.shown] == ["s0-name", "s1-approvers", "field-2", "id_name", "p1-default"]


def test_settings_without_a_control_travel_along(form):
    form.rest = {"preset": "code-review"}
    again = StagesForm.sent(sent(form))
    assert (again.definition()["preset"], again.definition()["stages"][0]["timeoutSeconds"]) == ("code-review", 60)


def test_what_is_no_number_is_left_for_the_dialect_to_refuse(form):
    form.rows[1].timeout = "soon"
    assert form.definition()["stages"][1]["approvalGate"]["timeoutSeconds"] == "soon"
