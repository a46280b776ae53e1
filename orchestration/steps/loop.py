import uuid
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue, StringConstraints

from console.errors import Problem
from orchestration.expressions import BadExpression, is_path, parse_path, read_path
from orchestration.graph import JsonObject, Node
from orchestration.states import RunStatus
from orchestration.steps.base import (
    Answer,
    Child,
    ChildrenEnded,
    ChildResult,
    Failed,
    Ok,
    StepContext,
    StepError,
    Suspend,
    Waiting,
)
from orchestration.steps.configured import Settings, ensure_fits, mapped_input, settings_of
from orchestration.steps.effects import EffectNode, NodeFailed
from orchestration.steps.nesting import child_error, nested, orchestration_problems, result_of
from orchestration.steps.sub_orchestration import OrchestrationId

MOST_ITEMS = 10_000
MOST_PARALLELISM = 100


class LoopSettings(Settings):
    """`collection` is the path of the list in the state; each item is a child's input under `item_variable`.

    With `continue_on_error` a child that failed leaves null in its place, and otherwise the step fails at the end.
    """

    orchestration_id: OrchestrationId
    collection: str = "state.items"
    item_variable: Annotated[str, StringConstraints(min_length=1, max_length=128)] = "item"
    parallelism: Annotated[int, Field(ge=1, le=MOST_PARALLELISM)] = 5
    continue_on_error: bool = False


class LoopStep(EffectNode):
    """Runs an orchestration for each item of a list, some at a time. Its output is `{"results"}`, in the list's order.

    Every child's input is the item and what the input mapping gives.
    """

    settings: ClassVar[type[Settings]] = LoopSettings

    def work(self, context: StepContext, given: JsonObject) -> Answer:
        settings = settings_of(LoopSettings, context.node)
        items = _items(settings, context.input)
        if len(items) > MOST_ITEMS:
            raise NodeFailed("too_many_items", f"The list has {len(items):,} items; {MOST_ITEMS:,} is the most.")
        if not items:
            return Ok({"results": []})
        child = nested(context, settings.orchestration_id)
        for item in items:
            if context.stop.is_set():
                raise NodeFailed("superseded", "The run is no longer wanted.")
            child.ensure_takes({**given, settings.item_variable: item})
        wait: JsonObject = {
            "type": "children", "orchestration_id": settings.orchestration_id, "total": len(items),
            "version_id": str(child.version_id), "terminals": child.terminals,
        }  # fmt: skip
        first = range(min(settings.parallelism, len(items)))
        return Suspend(wait, children=_children(context.node, wait, items, given, first))

    def woken(self, waiting: Waiting) -> Answer:
        wake = waiting.wake
        if not isinstance(wake, ChildrenEnded):
            raise ValueError("This step waits for the orchestrations that it started.")  # noqa: TRY004  # no type of ours
        settings = settings_of(LoopSettings, waiting.node)
        items = _items(settings, waiting.state)
        free = settings.parallelism - wake.live
        following = range(wake.started, min(wake.started + free, len(items)))
        if following or wake.live:
            given = mapped_input(waiting.node, waiting.state)
            more = _children(waiting.node, waiting.waiting_for, items, given, following)
            return Suspend(waiting.waiting_for, children=more)
        return _end(waiting, wake.children, is_to_go_on=settings.continue_on_error)

    def own_problems(self, node: Node) -> list[Problem]:
        return super().own_problems(node) or _path_problems(settings_of(LoopSettings, node).collection)

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return orchestration_problems(settings_of(LoopSettings, node).orchestration_id, organization_id)


def _items(settings: LoopSettings, state: JsonObject) -> list[JsonValue]:
    items = read_path(_path(settings.collection), state)
    if items is None:
        return []
    if not isinstance(items, list):
        raise BadExpression(f"{settings.collection} is no list, so there is nothing to go through.")
    return items


def _path(written: str) -> str:
    """Return a path that may have been written without its beginning."""
    return written if is_path(written) else f"state.{written}"


def _path_problems(written: str) -> list[Problem]:
    try:
        parse_path(_path(written))
    except BadExpression as error:
        return [Problem(str(error), "collection")]
    return []


def _children(
    node: Node, wait: JsonObject, items: list[JsonValue], given: JsonObject, places: range
) -> tuple[Child, ...]:
    settings, version_id = settings_of(LoopSettings, node), uuid.UUID(str(wait["version_id"]))
    title = node.name or node.id
    return tuple(
        Child(version_id, {**given, settings.item_variable: items[at]}, f"{title} {at + 1}", key=str(at))
        for at in places
    )


def _end(waiting: Waiting, children: tuple[ChildResult, ...], *, is_to_go_on: bool) -> Answer:
    in_order = sorted(children, key=lambda child: int(child.key))
    failed = [child for child in in_order if child.status is not RunStatus.COMPLETED]
    if failed and not is_to_go_on:
        return Failed(_error(failed, len(in_order)))
    terminals = waiting.waiting_for["terminals"]
    results: list[JsonValue] = [None if child in failed else result_of(child, terminals) for child in in_order]
    output: JsonObject = {"results": results}
    ensure_fits(waiting.node, output)
    return Ok(output)


def _error(failed: list[ChildResult], total: int) -> StepError:
    first = failed[0]
    return child_error(
        first, "child_failed", f"{len(failed)} of {total} items failed, the first of them item {int(first.key) + 1}:"
    )
