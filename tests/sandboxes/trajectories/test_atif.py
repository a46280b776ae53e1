"""The interchange format, held to a schema of what its version 1.7 says."""

import json
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from sandboxes.trajectories.atif import AtifAgent, AtifRun, as_atif
from tests.sandboxes.trajectories.test_steps import STEPS


def strict(required, **properties):
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


TEXT, COUNT, EXTRA = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "object"}
AMOUNT = {"type": "number", "minimum": 0}
CALL = strict(
    ["tool_call_id", "function_name", "arguments"],
    tool_call_id=TEXT,
    function_name={"type": "string", "minLength": 1},
    arguments={"type": "object"},
    extra=EXTRA,
)
RESULT = strict(
    [],
    source_call_id={"type": ["string", "null"]},
    content=TEXT,
    subagent_trajectory_ref={"type": "array"},
    extra=EXTRA,
)
OBSERVATION = strict(["results"], results={"type": "array", "items": RESULT, "minItems": 1})
METRICS = strict([], prompt_tokens=COUNT, completion_tokens=COUNT, cached_tokens=COUNT, cost_usd=AMOUNT, extra=EXTRA)
STEP = {
    **strict(
        ["step_id", "source", "message"],
        step_id={"type": "integer", "minimum": 1},
        timestamp={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"},
        source={"enum": ["system", "user", "agent"]},
        message=TEXT,
        model_name=TEXT,
        reasoning_effort={"type": ["string", "number"]},
        reasoning_content=TEXT,
        tool_calls={"type": "array", "items": CALL, "minItems": 1},
        observation=OBSERVATION,
        metrics=METRICS,
        llm_call_count=COUNT,
        is_copied_context={"type": "boolean"},
        extra=EXTRA,
    ),
    "allOf": [
        {  # what only an agent has
            "if": {"properties": {"source": {"enum": ["system", "user"]}}},
            "then": {
                "not": {
                    "anyOf": [
                        {"required": [name]} for name in ("model_name", "reasoning_content", "tool_calls", "metrics")
                    ]
                }
            },
        },
        {  # where no model was asked there is nothing of one
            "if": {"required": ["llm_call_count"], "properties": {"llm_call_count": {"const": 0}}},
            "then": {"not": {"anyOf": [{"required": [name]} for name in ("metrics", "reasoning_content")]}},
        },
    ],
}
SCHEMA = strict(
    ["schema_version", "agent", "steps"],
    schema_version={"const": "ATIF-v1.7"},
    session_id=TEXT,
    trajectory_id=TEXT,
    agent=strict(
        ["name", "version"], name=TEXT, version=TEXT, model_name=TEXT, tool_definitions={"type": "array"}, extra=EXTRA
    ),
    steps={"type": "array", "items": STEP, "minItems": 1},
    notes=TEXT,
    final_metrics=strict(
        [],
        total_prompt_tokens=COUNT,
        total_completion_tokens=COUNT,
        total_cached_tokens=COUNT,
        total_cost_usd=AMOUNT,
        total_steps=COUNT,
        extra=EXTRA,
    ),
    continued_trajectory_ref=TEXT,
    subagent_trajectories={"type": "array"},
    extra=EXTRA,
)
RUN = AtifRun(
    id="arun_1",
    agent=AtifAgent("hello-sandbox", "3"),
    started_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    task="Summarize.",
    final_response="Here you are.",
    prompt_tokens=10,
    cost_usd=0.25,
    extra={"verdict": "PASS"},
)


@pytest.mark.parametrize("steps", [[], STEPS])
def test_the_export_holds_to_the_schema(steps):
    document = json.loads(json.dumps(as_atif(RUN, steps)))

    assert list(Draft202012Validator(SCHEMA).iter_errors(document)) == []


def test_steps_are_numbered_from_one_without_a_gap():
    document = as_atif(RUN, STEPS)

    assert [step["step_id"] for step in document["steps"]] == list(range(1, len(STEPS) + 3))
    assert document["final_metrics"]["total_steps"] == len(STEPS) + 2


def test_the_task_comes_first_and_the_answer_last():
    first, *_, last = as_atif(RUN, STEPS)["steps"]

    assert (first["source"], first["message"], first["timestamp"]) == (
        "user",
        "Summarize.",
        "2026-11-20T12:00:00.000+00:00",
    )
    assert (last["source"], last["message"], last["timestamp"]) == (
        "agent",
        "Here you are.",
        "2026-11-20T12:00:00.105+00:00",
    )


def test_what_a_call_answered_belongs_to_the_step_that_made_it():
    for step in as_atif(RUN, STEPS)["steps"]:
        calls = {call["tool_call_id"] for call in step.get("tool_calls", [])}
        answered = {result["source_call_id"] for result in step.get("observation", {"results": []})["results"]}
        assert answered - {None} <= calls


def test_a_process_is_a_call_of_the_shell_with_its_output_and_exit_code():
    step = as_atif(RUN, STEPS)["steps"][1]

    assert step["tool_calls"][0]["function_name"] == "shell"
    assert step["tool_calls"][0]["arguments"]["argv"] == ["ls", "-l"]
    assert step["observation"]["results"][0]["content"] == "out\nerr\nexit code 0"
    assert step["extra"] == {"kind": "shell", "index": 0, "duration_ms": 5, "ok": True}


def test_a_run_without_an_answer_ends_with_its_last_step():
    document = as_atif(AtifRun("arun_2", RUN.agent, RUN.started_at, "Try."), STEPS[:1])

    assert [step["source"] for step in document["steps"]] == ["user", "agent"]
    assert "total_cost_usd" not in document["final_metrics"]
    assert "extra" not in document
