"""From what was written to the graph that runs."""

from collections import Counter
from typing import cast

from console.errors import Problem
from orchestration.dialects.steps.shape import ConfigShape, StepShape, StepsShape, read
from orchestration.dialects.steps.wiring import edges, wiring_problems
from orchestration.errors import PipelineInvalid
from orchestration.graph import Advance, Graph, JsonObject, Node
from orchestration.retry import RetryPolicy

#: Kinds that leave nothing that could be written under a key.
_WITHOUT_OUTPUT = frozenset({"join"})


def normalize(definition: JsonObject) -> JsonObject:
    """Return the definition with both its parts, each as it was sent; raise PipelineInvalid if its shape is wrong."""
    read(definition)
    return {"steps": definition.get("steps", []), "edges": definition.get("edges", [])}


def parse(definition: JsonObject) -> Graph:
    """Return the graph; raise PipelineInvalid with every step and way that keeps it from being run."""
    shape = read(definition)
    problems = [*_repeated_ids(shape), *wiring_problems(shape)]
    if problems:
        raise PipelineInvalid.of(problems)
    return Graph(
        nodes=tuple(_node(step) for step in shape.steps), edges=tuple(edges(shape)), advance=Advance.EAGER
    )  # fmt: skip


def path_of(definition: JsonObject, node_id: str) -> tuple[str | int, ...]:
    """Return where the settings of a step stand."""
    steps = cast("list[JsonObject]", definition["steps"])
    return ("steps", next(place for place, step in enumerate(steps) if step["id"] == node_id), "config")


def _node(step: StepShape) -> Node:
    config = step.config
    has_output = config.output_key is not None and step.kind not in _WITHOUT_OUTPUT
    return Node(
        id=step.id, kind=step.kind, name=step.name or config.label or "", config=_settings(config),
        output_mapping={"$": f"state.{config.output_key}"} if has_output else {}, reducer=config.reducer,
        retry=_retry(config), timeout_seconds=config.timeout, continue_on_fail=config.continue_on_fail,
        position=step.position,
    )  # fmt: skip


def _settings(config: ConfigShape) -> JsonObject:
    """Return the settings that were written, each by its first name."""
    return config.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _retry(config: ConfigShape) -> RetryPolicy:
    retry = config.retry
    if retry is None:
        return RetryPolicy()
    return RetryPolicy(
        max_attempts=retry.max_attempts, backoff=retry.backoff, initial_delay_ms=retry.initial_delay_ms
    )  # fmt: skip


def _repeated_ids(shape: StepsShape) -> list[Problem]:
    counts = Counter(step.id for step in shape.steps)
    return [
        Problem(f"{counts[step.id]} steps have the id {step.id!r}. Give each its own.", "steps", place, "id")
        for place, step in enumerate(shape.steps)
        if counts[step.id] > 1
    ]
