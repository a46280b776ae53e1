"""Pipelines of fields in order, one of which an agent fills in and a judge grades.

The other fields carry what a task is about: a column of the uploaded rows, or a fixed text.
"""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from console.errors import Problem
from orchestration.errors import PipelineInvalid
from orchestration.graph import Graph, JsonObject, Node

AGENT_FIELD_KIND = "agent_field"
MOST_FIELDS = 50

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]


class FieldMode(StrEnum):
    AGENT = "agent"  #: an agent's run, graded
    COLUMN = "column"  #: the column of the same name of the uploaded rows
    STATIC = "static"  #: the text under `value`


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class FieldShape(_Shape):
    key: Key
    title: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    mode: FieldMode
    help: Annotated[str, StringConstraints(max_length=1_000)] = ""
    value: Annotated[str, StringConstraints(max_length=20_000)] = ""
    agent_config: dict[str, JsonValue] = Field(default_factory=dict, alias="agentConfig")


class FieldsShape(_Shape):
    fields: Annotated[list[FieldShape], Field(max_length=MOST_FIELDS)] = Field(default_factory=list)


def normalize(definition: JsonObject) -> JsonObject:
    """Return the definition in full form; raise PipelineInvalid if its shape is wrong."""
    try:
        shape = FieldsShape.model_validate(definition)
    except ValidationError as error:
        raise PipelineInvalid.of([_problem(item) for item in error.errors()]) from error
    problems = _problems(shape)
    if problems:
        raise PipelineInvalid.of(problems)
    return shape.model_dump(mode="json", by_alias=True)


def parse(definition: JsonObject) -> Graph:
    """Return the graph: one node, the agent field. It needs no other, for what the rest holds is in the run's input."""
    field = agent_field(definition)
    return Graph(nodes=(Node(id=field.key, kind=AGENT_FIELD_KIND, name=field.title, config=field.agent_config),))


def path_of(definition: JsonObject, node_id: str) -> tuple[str | int, ...]:
    shape = FieldsShape.model_validate(definition)
    place = next(place for place, field in enumerate(shape.fields) if field.key == node_id)
    return ("fields", place, "agentConfig")


def agent_field(definition: JsonObject) -> FieldShape:
    """Return the agent field of a normalized definition; raise PipelineInvalid if there is none yet."""
    for field in FieldsShape.model_validate(definition).fields:
        if field.mode is FieldMode.AGENT:
            return field
    raise PipelineInvalid("Add a field in agent mode: it is what a run carries out.", problems=[_NO_AGENT_FIELD])


def columns(definition: JsonObject) -> tuple[str, ...]:
    """Return the columns of the uploaded rows that fields show."""
    shape = FieldsShape.model_validate(definition)
    return tuple(field.key for field in shape.fields if field.mode is FieldMode.COLUMN)


_NO_AGENT_FIELD = Problem("Add a field in agent mode: it is what a run carries out.", "fields")


_SENTENCES = {
    "key": "Use letters, digits, hyphens and underscores, at most 64, beginning with a letter or an underscore.",
    "title": "Give the field a title of at most 255 characters.",
    "mode": f"Use one of: {', '.join(FieldMode)}.",
    "fields": f"Use at most {MOST_FIELDS} fields.",
}


def _problem(item: Any) -> Problem:
    """Turn one of pydantic's errors into a problem, with a sentence of ours where there is one."""
    place = item["loc"]
    sentence = _SENTENCES.get(str(place[-1])) if item["type"] != "extra_forbidden" else None
    return Problem(sentence or item["msg"], *place)


def _problems(shape: FieldsShape) -> list[Problem]:
    found = []
    keys: set[str] = set()
    agents = 0
    for place, field in enumerate(shape.fields):
        if field.key in keys:
            found.append(Problem(f"Two fields have the key {field.key!r}. Give each its own.", "fields", place, "key"))
        keys.add(field.key)
        agents += field.mode is FieldMode.AGENT
        if field.mode is FieldMode.AGENT and agents > 1:
            found.append(Problem("A pipeline has one agent field. Remove this one.", "fields", place, "mode"))
    return found
