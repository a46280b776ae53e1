"""The form in which orchestrations are written: nodes and edges, in snake_case or camelCase."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from console.errors import Problem
from orchestration.errors import PipelineInvalid
from orchestration.expressions import MOST_DEPTH
from orchestration.graph import JsonObject, NodeId, Position, Reducer
from orchestration.retry import LONGEST_DELAY_MS, Backoff

MOST_NODES = 1_000
MOST_EDGES = 5_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class _Shape(BaseModel):
    """`extra` settings of a node stay as they were written: its kind reads them."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, populate_by_name=True)

    @property
    def extra(self) -> JsonObject:
        return self.model_extra or {}


class BackoffShape(_Shape):
    strategy: Backoff = Backoff.EXPONENTIAL
    delay_ms: Annotated[int, Field(ge=0, le=LONGEST_DELAY_MS)] = 1_000
    max_delay_ms: Annotated[int, Field(ge=0, le=LONGEST_DELAY_MS)] = 300_000


class RetryShape(_Shape):
    """`max_attempts` counts the first attempt too."""

    max_attempts: Annotated[int, Field(ge=1, le=20)] = 1
    backoff: BackoffShape = BackoffShape()


class NodeShape(_Shape):
    """A node. `timeout` is in seconds."""

    id: NodeId
    type: Name
    name: Annotated[str, StringConstraints(max_length=255)] | None = None
    input_mapping: dict[str, JsonValue] | None = None
    output_mapping: dict[str, str] | None = None
    retry: RetryShape = RetryShape()
    timeout: Annotated[int, Field(ge=1)] | None = None
    continue_on_fail: bool = False
    reducer: Reducer = Reducer.OVERRIDE
    position: Position | None = None


class EdgeShape(_Shape):
    """An edge. `condition` is the label that takes it, without which it is always taken."""

    source: NodeId = Field(validation_alias=AliasChoices("from", "source"))
    target: NodeId = Field(validation_alias=AliasChoices("to", "target"))
    condition: JsonValue = None
    activation_group: Name | None = None
    activation_condition: Literal["all", "any"] | None = None


class OrchestrationShape(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    nodes: Annotated[list[NodeShape], Field(max_length=MOST_NODES)] = Field(default_factory=list)
    edges: Annotated[list[EdgeShape], Field(max_length=MOST_EDGES)] = Field(default_factory=list)
    state_schema: dict[str, Any] | None = None
    input_schema: dict[str, Any] | None = None


def read(definition: Mapping[str, Any]) -> OrchestrationShape:
    """Return an orchestration as it was written; raise PipelineInvalid with each part that has the wrong shape."""
    try:
        return OrchestrationShape.model_validate(definition)
    except ValidationError as error:
        raise PipelineInvalid.of([_problem(item, definition) for item in error.errors(include_url=False)]) from error


_SENTENCES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such part of an orchestration. It has nodes, edges, state_schema and input_schema.",
    "string_type": "Write a text.",
    "string_too_short": "This is required.",
    "dict_type": "Write a JSON object.",
    "model_type": "Write a JSON object.",
    "model_attributes_type": "Write a JSON object.",
    "list_type": "Write a JSON array.",
    "recursion_loop": f"This is nested more than {MOST_DEPTH} levels deep.",
}


def _problem(item: Any, definition: Mapping[str, Any]) -> Problem:
    """Return a problem under the name that its writer gave the part, where there are two ways to spell it."""
    return Problem(_SENTENCES.get(item["type"]) or f"{item['msg']}.", *written_path(definition, item["loc"]))


def written_path(definition: Mapping[str, Any], path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return a path with each name as it stands in the definition; in snake_case where it stands nowhere."""
    place: Any = definition
    found: list[str | int] = []
    for part in path:
        name = _written(place, part) if isinstance(part, str) else part
        found.append(name)
        place = _inside(place, name)
    return tuple(found)


_ALIASES = {"from": ("from", "source"), "to": ("to", "target")}


def _written(place: Any, name: str) -> str:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    spellings = _ALIASES.get(name, (name, snake, to_camel(name)))
    there = place if isinstance(place, Mapping) else {}
    return next((spelling for spelling in spellings if spelling in there), _ALIASES.get(name, (snake,))[0])


def _inside(place: Any, name: str | int) -> Any:
    if isinstance(place, Mapping):
        return place.get(name)
    return place[name] if isinstance(place, list) and isinstance(name, int) and name < len(place) else None
