"""The steps of a run as a person follows them: for each node of the graph all its attempts and how it stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from console.display.graph_picture import EdgeState, NodeLook
from console.display.numbers import duration
from console.display.status import Look
from console.display.status import look as look_of
from console.display.step_kinds import KindWord, kind_word
from orchestration.graph import Edge, Graph, JsonObject, Node
from orchestration.models import StepRun
from orchestration.states import StepStatus
from orchestration.steps.base import PASSING_WAITS

#: A step that is done has passed, as far as a pipeline goes; one that failed broke: its red is no verdict's.
_LOOKS = {
    StepStatus.COMPLETED: look_of("passed", "Done"),
    StepStatus.FAILED: look_of("broken"),
    StepStatus.LOST: look_of("lost"),
}
_ENDED = frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class NodeRun:
    """A node with its attempts in the order they were made; none where it has not begun."""

    node: Node
    steps: tuple[StepRun, ...]

    @property
    def last(self) -> StepRun | None:
        return self.steps[-1] if self.steps else None

    @property
    def name(self) -> str:
        return self.node.name or self.node.id

    @property
    def kind(self) -> KindWord:
        return kind_word(self.node.kind)

    @property
    def status(self) -> StepStatus:
        """Return how it stands. A step that no attempt was made at yet is queued."""
        return StepStatus(self.last.status) if self.last else StepStatus.QUEUED

    @property
    def look(self) -> Look:
        if self.status is StepStatus.WAITING and is_passing(self.waiting_for):
            return look_of("running", "Waiting")
        return _LOOKS.get(self.status) or look_of(self.status)

    @property
    def waiting_for(self) -> JsonObject:
        found: JsonObject = (self.last.waiting_for if self.last else None) or {}
        return found

    @property
    def is_waiting_for_somebody(self) -> bool:
        return self.status is StepStatus.WAITING and not is_passing(self.waiting_for)

    @property
    def generations(self) -> int:
        return 1 + max((step.generation for step in self.steps), default=0)

    @property
    def settings(self) -> JsonObject:
        """Return what the node says of itself, without what stands at its default."""
        found: JsonObject = self.node.model_dump(mode="json", exclude_defaults=True)
        return found

    @property
    def attempts(self) -> int:
        """Return the attempts of the present generation."""
        return sum(1 for step in self.steps if self.last and step.generation == self.last.generation)

    @property
    def note(self) -> str:
        """Say what one would not expect: more than one attempt, more than one time through, taken over."""
        if self.is_taken_over:
            return "taken over"
        words = [f"{self.generations} times"] * (self.generations > 1) + [f"{self.attempts} attempts"] * (
            self.attempts > 1
        )
        return ", ".join(words)

    @property
    def is_taken_over(self) -> bool:
        """Whether its outcome was copied from the run that this one repeats."""
        return self.last is not None and self.last.settled_seq == 0

    def duration_ms(self, now: datetime) -> float | None:
        """Return how long its attempts lasted together, waiting for people included."""
        times = [spent for step in self.steps if (spent := lasted_ms(step, now)) is not None]
        return sum(times) if times and not self.is_taken_over else None


def node_runs(graph: Graph, steps: Iterable[StepRun]) -> list[NodeRun]:
    """Return the nodes of a graph in their order, each with its attempts."""
    by_node: dict[str, list[StepRun]] = defaultdict(list)
    for step in steps:
        by_node[step.node_id].append(step)
    return [NodeRun(node, tuple(sorted(by_node[node.id], key=_standing))) for node in in_order(graph)]


def in_order(graph: Graph) -> Sequence[Node]:
    """Return the nodes as they follow each other: by their distance from a beginning, then as declared."""
    known = [edge for edge in graph.edges if edge.source in graph.by_id and edge.target in graph.by_id]
    depth = Graph(nodes=graph.nodes, edges=tuple(known)).depth
    return sorted(graph.nodes, key=lambda node: (depth.get(node.id, 0), graph.position_of[node.id]))


def looks_of(rows: Iterable[NodeRun], now: datetime, *, selected: str, url: str) -> dict[str, NodeLook]:
    """Return how each node is drawn; `url` leads to a step when its id is put behind it."""
    return {
        row.node.id: NodeLook(
            row.look.tone, row.look.word, row.look.icon, _short(row, now), f"{url}{quote(row.node.id)}",
            is_skipped=row.status is StepStatus.SKIPPED, is_selected=row.node.id == selected,
        )
        for row in rows
    }  # fmt: skip


def edge_states(graph: Graph, rows: Iterable[NodeRun]) -> dict[int, EdgeState]:
    """Return how each edge is drawn, by its place."""
    of_node = {row.node.id: row for row in rows}
    return {
        place: _edge_state(edge, of_node[edge.source], of_node[edge.target])
        for place, edge in enumerate(graph.edges)
        if edge.source in of_node and edge.target in of_node
    }


def is_passing(waiting_for: Mapping[str, object]) -> bool:
    """Whether a wait ends by itself and asks nothing of anybody."""
    return waiting_for.get("type") in PASSING_WAITS


def lasted_ms(step: StepRun, now: datetime) -> float | None:
    """Return how long an attempt has lasted, up to now if it still does; None for one that has not begun."""
    if step.started_at is None:
        return None
    return max(0.0, ((step.finished_at or now) - step.started_at).total_seconds() * 1000)


def _standing(step: StepRun) -> tuple[int, int]:
    return step.generation, step.attempt


def _edge_state(edge: Edge, source: NodeRun, target: NodeRun) -> EdgeState:
    if source.status in {StepStatus.WAITING, StepStatus.RUNNING}:
        return EdgeState.NEXT
    if source.status not in _ENDED:
        return EdgeState.PLAIN
    is_chosen = edge.label is None or (source.last is not None and source.last.route == edge.label)
    is_passed = source.status is StepStatus.COMPLETED or (
        source.status is StepStatus.FAILED and source.node.continue_on_fail
    )
    if not is_passed or not is_chosen or target.status is StepStatus.SKIPPED:
        return EdgeState.DEAD
    return EdgeState.TAKEN


def _short(row: NodeRun, now: datetime) -> str:
    spent = row.duration_ms(now)
    return "" if spent is None or row.status is StepStatus.SKIPPED else duration(spent)
