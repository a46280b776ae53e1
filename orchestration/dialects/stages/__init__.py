"""Pipelines of stages in order, with gates at which a person decides and checks that send work back.

A stage becomes a node, `stage-0` and so on, and the gate behind it another, `gate-0`. Approving leads to the next
stage. Skipping leads past it and its own gate, to the one behind. A check leads back by no edge: it rewinds the run.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from console.errors import Problem
from orchestration.dialects.stages.checking import (
    items_of,
    parameter_problems,
    read_each,
    stage_problems,
    target_of,
)
from orchestration.dialects.stages.parameters import input_schema
from orchestration.dialects.stages.shapes import (
    MOST_PARAMETERS,
    MOST_STAGES,
    GateDecision,
    GateShape,
    ParameterShape,
    StageShape,
)
from orchestration.errors import PipelineInvalid
from orchestration.graph import Edge, Graph, JsonObject, Node
from orchestration.retry import RetryPolicy

STAGE_KIND = "stage"
QA_KIND = "qa"
GATE_KIND = "gate"

#: A check whose verdict could not be read is asked once more by itself.
_QA_RETRY = RetryPolicy(max_attempts=2)
_KEYS = frozenset({"stages", "steps", "parameters"})


def normalize(definition: JsonObject) -> JsonObject:
    """Return the definition in full form; raise PipelineInvalid with all that is wrong with it.

    `steps` is taken for `stages`.
    """
    given: JsonObject = {**definition, "stages": definition.get("stages", definition.get("steps"))}
    raw_stages, problems = items_of(given, "stages", MOST_STAGES)
    raw_parameters, more = items_of(given, "parameters", MOST_PARAMETERS)
    stages, of_stages = read_each(StageShape, raw_stages, "stages")
    parameters, of_parameters = read_each(ParameterShape, raw_parameters, "parameters")
    keys = [_key_of(item) for item in raw_parameters]
    problems += [
        *(Problem("There is no such setting here. Take it out.", key) for key in definition if key not in _KEYS),
        *more,
        *of_stages,
        *of_parameters,
        *stage_problems(stages, len(raw_stages), keys),
        *parameter_problems(parameters),
    ]
    if problems:
        raise PipelineInvalid.of(problems)
    return _full(list(stages.values()), list(parameters.values()))


def parse(definition: JsonObject) -> Graph:
    """Return the graph of a normalized definition: a chain with ways past what a gate may skip."""
    stages = stages_of(definition)
    nodes = [node for place in range(len(stages)) for node in _nodes(stages, place)]
    edges = [edge for place in range(len(stages)) for edge in _edges(stages, place)]
    return Graph(nodes=tuple(nodes), edges=tuple(edges), input_schema=input_schema(parameters_of(definition)))


def path_of(definition: JsonObject, node_id: str) -> tuple[str | int, ...]:  # noqa: ARG001  # the id says it
    """Return where the stage of a node stands, or the gate behind it."""
    kind, _, place = node_id.partition("-")
    stage = ("stages", int(place))
    return (*stage, "approvalGate") if kind == GATE_KIND else stage


def stages_of(definition: Mapping[str, JsonValue]) -> list[StageShape]:
    """Return the stages of a normalized definition."""
    return [StageShape.model_validate(item) for item in cast("list[JsonValue]", definition.get("stages", []))]


def parameters_of(definition: Mapping[str, JsonValue]) -> list[ParameterShape]:
    """Return the parameters of a normalized definition."""
    return [ParameterShape.model_validate(item) for item in cast("list[JsonValue]", definition.get("parameters", []))]


def stage_id(place: int) -> str:
    return f"stage-{place}"


def gate_id(place: int) -> str:
    return f"{GATE_KIND}-{place}"


def _full(stages: Sequence[StageShape], parameters: Sequence[ParameterShape]) -> JsonObject:
    return {
        "stages": [stage.model_dump(mode="json", by_alias=True) for stage in stages],
        "parameters": [parameter.model_dump(mode="json", by_alias=True) for parameter in parameters],
    }


def _key_of(item: JsonValue) -> str:
    """Return the key of a parameter, be the rest of it as wrong as it may."""
    return str(item.get("key", "")) if isinstance(item, dict) else ""


def _nodes(stages: Sequence[StageShape], place: int) -> list[Node]:
    stage = stages[place]
    work = Node(
        id=stage_id(place),
        kind=QA_KIND if stage.is_qa else STAGE_KIND,
        name=stage.name,
        config=_config(stages, place),
        retry=stage.retry or (_QA_RETRY if stage.is_qa else RetryPolicy()),
        timeout_seconds=stage.timeout_seconds,
    )
    if stage.approval_gate is None:
        return [work]
    following = stages[place + 1].name if place + 1 < len(stages) else ""
    gate = Node(
        id=gate_id(place),
        kind=GATE_KIND,
        name=f"Gate after {stage.name}",
        config=_gate_config(stage.approval_gate, place, stage.name, following),
    )
    return [work, gate]


def _config(stages: Sequence[StageShape], place: int) -> JsonObject:
    stage = stages[place]
    config: JsonObject = {
        "index": place,
        "topic": stage.topic,
        "prompt": stage.prompt,
        "agent": stage.agent,
        "model": stage.model,
        "earlier": [_earlier(stages, before) for before in range(place)],
    }
    if not stage.is_qa:
        return config
    target = target_of(dict(enumerate(stages)), place)
    return {**config, "target": stage_id(target or 0), "maxRetries": stage.max_retries}


def _earlier(stages: Sequence[StageShape], place: int) -> JsonObject:
    return {"id": stage_id(place), "name": stages[place].name, "checks": stages[place].is_qa}


def _gate_config(gate: GateShape, place: int, stage: str, following: str) -> JsonObject:
    return {
        **gate.model_dump(mode="json", by_alias=True),
        "index": place,
        "stage": stage,
        "next": following,
        "options": [decision.value for decision in GateDecision if following or decision is not GateDecision.SKIP],
    }


def _edges(stages: Sequence[StageShape], place: int) -> list[Edge]:
    last = len(stages) - 1
    if stages[place].approval_gate is None:
        return [Edge(source=stage_id(place), target=stage_id(place + 1))] if place < last else []
    gate = gate_id(place)
    edges = [Edge(source=stage_id(place), target=gate)]
    if place < last:
        edges.append(Edge(source=gate, target=stage_id(place + 1), label=GateDecision.APPROVE))
    if place + 1 < last:
        edges.append(Edge(source=gate, target=stage_id(place + 2), label=GateDecision.SKIP))
    return edges
