"""The form in which pipelines of steps are written. What stands under `extras` is kept and never looked at."""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)  # fmt: skip
from pydantic.alias_generators import to_camel

from console.errors import Problem
from orchestration.errors import PipelineInvalid
from orchestration.graph import JsonObject, NodeId, Position, Reducer
from orchestration.retry import LONGEST_DELAY_MS, Backoff
from orchestration.schemas import schema_problems

MOST_STEPS = 1_000
MOST_EDGES = 5_000
LONGEST_TIMEOUT_SECONDS = 7 * 24 * 3_600
_MILLISECONDS = 1_000

#: The kinds of steps as they are written, and the kind of step that each is.
KINDS: Mapping[str, str] = {
    "trigger": "trigger",
    "promptAgent": "prompt_agent",
    "bashScript": "bash_script",
    "dispatchReviewers": "dispatch_reviewers",
    "router": "router",
    "conditional": "router",
    "join": "join",
    "subPipeline": "sub_pipeline",
    "waitForEvent": "await_event",
    "terminal": "terminal",
}
#: What the engine itself keeps in the state.
_RESERVED_KEYS = frozenset({"input", "artifacts", "feedback", "_stepErrors"})

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w-]*(\.[\w-]+)*$", max_length=255)]
RouteKey = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class RetryShape(_Shape):
    """`maxAttempts` counts the first attempt too."""

    max_attempts: Annotated[int, Field(ge=1, le=100, strict=True)] = 1
    backoff: Backoff = Backoff.EXPONENTIAL
    initial_delay_ms: Annotated[int, Field(ge=0, le=LONGEST_DELAY_MS, strict=True)] = 1_000


class ConfigShape(_Shape):
    """The settings of every kind together: each reads its own, and any step may carry the others'.

    `timeout` is in seconds.
    """

    agent: str | None = Field(default=None, validation_alias=AliasChoices("agent", "agentId"))
    team_id: str | None = None
    prompt: str | None = None
    mode: str | None = Field(default=None, validation_alias=AliasChoices("mode", "dispatchMode"))
    script: str | None = None
    working_dir: str | None = None
    env: dict[str, str] | None = None
    pr_url: str | None = None
    reviewer_roles: list[str] | None = None
    condition: JsonValue = None
    routes: dict[RouteKey, NodeId] | None = None
    template_id: str | None = None
    inputs: dict[str, JsonValue] | None = None
    event: str | None = None
    correlation_key: str | None = None
    input_key: list[Key] = Field(default_factory=list, validation_alias=AliasChoices("inputKey", "inputKeys"))
    output_key: Key | None = None
    output_schema: dict[str, Any] | None = None
    reducer: Reducer = Reducer.OVERRIDE
    timeout: Annotated[int, Field(ge=1, le=LONGEST_TIMEOUT_SECONDS, strict=True)] | None = None
    retry: RetryShape | None = Field(default=None, validation_alias=AliasChoices("retry", "retryPolicy"))
    continue_on_fail: Annotated[bool, Field(strict=True)] = False
    label: str | None = None
    extras: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read_milliseconds(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "timeoutMs" not in data:
            return data
        rest = {name: value for name, value in data.items() if name != "timeoutMs"}
        time = data["timeoutMs"]
        if not isinstance(time, int | float) or isinstance(time, bool) or time <= 0 or "timeout" in data:
            raise ValueError("Write the timeout once, as `timeout` in seconds or `timeoutMs` in milliseconds.")
        return {**rest, "timeout": math.ceil(time / _MILLISECONDS)}

    @field_validator("input_key", mode="before")
    @classmethod
    def _one_key_or_several(cls, value: Any) -> Any:
        if value is None:
            return []
        return [value] if isinstance(value, str) else value

    @field_validator("output_key")
    @classmethod
    def _own_key(cls, value: str | None) -> str | None:
        if value is not None and value.split(".")[0] in _RESERVED_KEYS:
            raise ValueError(f"{value.split('.')[0]} is kept by the engine. Choose another key.")
        return value

    @field_validator("output_schema", mode="before")
    @classmethod
    def _schema_as_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value.strip() else None
        except ValueError as error:
            raise ValueError("This is not JSON. Write a JSON Schema, as an object or as its text.") from error

    @field_validator("output_schema")
    @classmethod
    def _usable_schema(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and (found := schema_problems(value)):
            raise ValueError(f"{found[0].dotted_path or 'The schema'}: {found[0].message}")
        return value


class TriggerShape(_Shape):
    """What a step waits for, written on the step itself: all of these, where one is a router by that key."""

    source_step_ids: list[NodeId]
    route_key: RouteKey | None = None


class StepShape(_Shape):
    id: NodeId
    kind: str
    name: Annotated[str, StringConstraints(max_length=255)] = ""
    config: ConfigShape = Field(default_factory=ConfigShape)
    triggers: list[TriggerShape] = Field(default_factory=list)
    wait_for_step_ids: list[NodeId] = Field(default_factory=list)
    position: Position | None = None

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        kind = KINDS.get(to_camel(value))
        if kind is None:
            raise ValueError(f"There is no kind of step {value!r}. Use one of: {', '.join(KINDS)}.")
        return kind


class EdgeShape(_Shape):
    id: str | None = None
    source: NodeId
    target: NodeId
    route_key: RouteKey | None = None


class StepsShape(_Shape):
    steps: Annotated[list[StepShape], Field(max_length=MOST_STEPS)] = Field(default_factory=list)
    edges: Annotated[list[EdgeShape], Field(max_length=MOST_EDGES)] = Field(default_factory=list)


def read(definition: JsonObject) -> StepsShape:
    """Return a pipeline as it was written; raise PipelineInvalid with each part that has the wrong shape."""
    try:
        return StepsShape.model_validate(definition)
    except ValidationError as error:
        raise PipelineInvalid.of([_problem(item) for item in error.errors(include_url=False)]) from error


_SENTENCES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such setting. Put what is your own under config.extras.",
    "string_type": "Write a text.",
    "string_too_short": "This is required.",
    "int_type": "Write a whole number.",
    "bool_type": "Use true or false.",
    "dict_type": "Write a JSON object.",
    "model_type": "Write a JSON object.",
    "list_type": "Write a JSON array.",
    "recursion_loop": "This is nested too deeply.",
}


def _problem(item: Any) -> Problem:
    told = _SENTENCES.get(item["type"]) or f"{str(item['msg']).removeprefix('Value error, ').rstrip('.')}."
    return Problem(told, *item["loc"])
