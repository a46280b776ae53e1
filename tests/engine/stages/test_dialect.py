import json
from pathlib import Path

import pytest

from orchestration.dialects import stages
from orchestration.errors import PipelineInvalid
from orchestration.graph import Graph
from orchestration.presets import presets
from orchestration.steps.registry import STEP_KINDS
from orchestration.validation import validate

WRITE = {"name": "Write", "topic": "writing", "prompt": "{{description}}"}
CHECK = {"name": "Check", "topic": "review", "stageType": "qa_validation", "prompt": "Check it."}
SEED_STAGE = {
    "name": "Code Quality Check",
    "stageType": "qa_validation",
    "topic": "review",
    "maxRetries": 3,
    "retryTargetStage": 2,
    "prompt": "Review the code from the previous stage. Check for correctness, edge cases, and test coverage.",
}


def graph(*listed, **more) -> Graph:
    return stages.parse(stages.normalize({"stages": [*listed], **more}))


def edges(found: Graph) -> list[tuple[str, str, str | None]]:
    return [(edge.source, edge.target, edge.label) for edge in found.edges]


def problems(definition) -> dict[str, str]:
    with pytest.raises(PipelineInvalid) as caught:
        stages.normalize(definition)
    return {problem.dotted_path: problem.message for problem in caught.value.problems}


def test_stages_follow_one_another():
    assert edges(graph(WRITE, CHECK)) == [("stage-0", "stage-1", None)]


def test_approving_leads_on_and_skipping_leads_past_exactly_the_next_stage_and_its_gate():
    gated = {**WRITE, "approvalGate": True}
    assert edges(graph(gated, gated, WRITE, WRITE)) == [
        ("stage-0", "gate-0", None), ("gate-0", "stage-1", "approve"), ("gate-0", "stage-2", "skip"),
        ("stage-1", "gate-1", None), ("gate-1", "stage-2", "approve"), ("gate-1", "stage-3", "skip"),
        ("stage-2", "stage-3", None),
    ]  # fmt: skip


def test_a_gate_behind_the_last_stage_offers_nothing_to_skip():
    gate = graph({**WRITE, "approvalGate": True}).by_id["gate-0"]
    assert gate.config["options"] == ["approve", "stop"]


def test_the_stage_of_the_guide_is_taken_as_it_is_printed():
    found = stages.normalize({"stages": [WRITE, WRITE, WRITE, SEED_STAGE]})["stages"][3]
    assert {key: found[key] for key in SEED_STAGE} == SEED_STAGE


def test_the_defaults_are_those_of_the_guide():
    found = stages.normalize({"stages": [WRITE]})["stages"][0]
    assert (found["stageType"], found["maxRetries"], found["retryTargetStage"]) == ("standard", 3, None)
    assert found["approvalGate"] is None


def test_other_names_of_the_same_things_are_taken():
    other = {"name": "Write", "topic": "writing", "promptTemplate": "Write.", "type": "standard"}
    found = stages.normalize({"steps": [other]})["stages"][0]
    assert (found["prompt"], found["stageType"]) == ("Write.", "standard")


def test_a_full_definition_is_its_own_full_form():
    full = stages.normalize({"stages": [{**WRITE, "approvalGate": True}, CHECK], "parameters": [{"key": "a"}]})
    assert stages.normalize(full) == full


def test_a_check_sends_back_the_nearest_stage_before_it_that_does_work():
    assert graph(WRITE, CHECK, CHECK).by_id["stage-2"].config["target"] == "stage-0"


def test_everything_wrong_is_reported_at_once():
    found = problems(
        {
            "stages": [
                {"name": " ", "topic": "writing", "prompt": "{{wish}}", "requiresApproval": True},
                {**CHECK, "retryTargetStage": 1, "maxRetries": 0},
                {**WRITE, "topic": ""},
                "no stage",
                {**CHECK, "retryTargetStage": 1},
                {**WRITE, "prompt": "{{param.speed}}", "approvalGate": {"defaultDecision": "skip", "colour": "red"}},
            ],
            "parameters": [
                {"key": "a b"},
                {"key": "n", "inputType": "number", "default": "x"},
                {"key": "s", "inputType": "select"},
                {"key": "n"},
            ],
            "colour": "red",
        }
    )
    assert set(found) == {
        "colour", "stages.0.name", "stages.0.prompt", "stages.0.requiresApproval", "stages.1.maxRetries",
        "stages.1.retryTargetStage", "stages.2.topic", "stages.3", "stages.4.retryTargetStage", "stages.5.prompt",
        "stages.5.approvalGate.colour", "parameters.0.key", "parameters.1.default", "parameters.2.options",
        "parameters.3.key",
    }  # fmt: skip


def test_an_unknown_placeholder_is_named():
    assert "{{wish}}" in problems({"stages": [{**WRITE, "prompt": "Do {{ wish }}."}]})["stages.0.prompt"]


@pytest.mark.parametrize("target", [1, 2, -1])
def test_a_check_sends_back_only_to_an_earlier_stage(target):
    found = problems({"stages": [WRITE, {**CHECK, "retryTargetStage": target}]})
    assert "earlier stage" in found["stages.1.retryTargetStage"]


def test_a_check_does_not_send_back_to_a_check():
    found = problems({"stages": [WRITE, CHECK, {**CHECK, "retryTargetStage": 1}]})
    assert "only checks" in found["stages.2.retryTargetStage"]


def test_a_template_without_stages_is_none():
    assert "at least one" in problems({"stages": []})["stages"]


def test_skipping_by_default_needs_something_to_skip():
    assert "stages.0.approvalGate.defaultDecision" in problems(
        {"stages": [{**WRITE, "approvalGate": {"defaultDecision": "skip"}}]}
    )


@pytest.mark.parametrize("name", sorted(presets()))
def test_the_templates_that_come_with_us_can_be_run(name):
    told = presets()[name]
    found = graph(*told["stages"], parameters=told["parameters"])
    assert [item for item in validate(found, kinds=STEP_KINDS) if item.severity == "error"] == []


def test_a_problem_of_a_gate_is_placed_at_its_stage():
    definition = stages.normalize({"stages": [{**WRITE, "approvalGate": True}]})
    assert stages.path_of(definition, "gate-0") == ("stages", 0, "approvalGate")
    assert stages.path_of(definition, "stage-0") == ("stages", 0)


def test_the_template_of_the_documentation_can_be_saved():
    text = (Path(__file__).parents[3] / "docs/stages.md").read_text()
    example = json.loads(text.split("```json\n")[1].split("```")[0])
    found = graph(*example["stages"], parameters=example["parameters"])
    assert [node.id for node in found.nodes] == ["stage-0", "stage-1", "gate-1", "stage-2"]
