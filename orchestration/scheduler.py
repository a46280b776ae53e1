"""What runs next: a pure function from a graph and what has happened so far.

**Edges.** An edge is *taken* when its source is completed, or failed and the node says to carry on, and its label, if
it has one, is the one the source chose. It is *dead* when it can't be taken any more. A node starts when one of its
groups of edges is satisfied, and is skipped when none can be: skipping kills the edges behind it in turn, so that a
join below a branch not taken is decided and never hangs.

**Rounds.** In a graph that advances in rounds, what has become ready waits until nothing of the present round is live.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from enum import Enum, auto

from orchestration.graph import Advance, Edge, EdgeGroup, Graph, GroupCondition
from orchestration.states import RunStatus, StepStatus


@dataclass(frozen=True, slots=True)
class NodeState:
    """Where a node stands: the status of its newest attempt, the route it chose, whether it ended the run.

    `passes` is set for a wait that ends by itself, such as a delay.
    """

    status: StepStatus
    route: str | None = None
    ends_run: bool = False
    passes: bool = False


class Journal:
    """The nodes that have been started or skipped, each with its newest state.

    It keeps count of the live ones, so that a decision costs what has changed and not what has ever happened.
    """

    def __init__(self, states: Mapping[str, NodeState] | None = None) -> None:
        self.states: dict[str, NodeState] = {}
        self.live: set[str] = set()
        self.waiting: set[str] = set()
        for node_id, state in (states or {}).items():
            self.put(node_id, state)

    def put(self, node_id: str, state: NodeState) -> None:
        self.states[node_id] = state
        _keep(self.live, node_id, present=state.status.is_live)
        _keep(self.waiting, node_id, present=state.status is StepStatus.WAITING and not state.passes)

    def forget(self, node_id: str) -> None:
        """Take a node back to where it was before it was started."""
        self.states.pop(node_id, None)
        self.live.discard(node_id)
        self.waiting.discard(node_id)

    @property
    def status_while_live(self) -> RunStatus:
        return RunStatus.PAUSED if len(self.waiting) == len(self.live) else RunStatus.RUNNING


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done next, and what becomes of the run."""

    status: RunStatus
    start: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    failed_node: str | None = None


class _Fate(Enum):
    OPEN = auto()
    TAKEN = auto()
    DEAD = auto()


def decide(graph: Graph, journal: Journal, *, changed: Iterable[str] | None = None) -> Decision:
    """Return what is to be started and skipped, and the run's new status.

    `changed` names the nodes whose state is new since the last decision: only what follows from them is looked at.
    Without it the whole graph is, with the same result.
    """
    news = tuple(journal.states if changed is None else changed)
    failed = _first_failure(graph, journal, news)
    if failed is not None:
        return Decision(RunStatus.FAILED, failed_node=failed)
    if any(journal.states[node_id].ends_run for node_id in news):
        return Decision(RunStatus.COMPLETED)
    in_rounds = graph.advance is Advance.ROUNDS
    if in_rounds and journal.live:
        return Decision(journal.status_while_live)
    start, skip = _unfold(graph, journal, _candidates(graph, None if in_rounds or changed is None else news))
    if start:
        return Decision(RunStatus.RUNNING, start, skip)
    return Decision(journal.status_while_live if journal.live else RunStatus.COMPLETED, skip=skip)


def _keep(members: set[str], member: str, *, present: bool) -> None:
    if present:
        members.add(member)
    else:
        members.discard(member)


def _first_failure(graph: Graph, journal: Journal, news: Iterable[str]) -> str | None:
    """Return the first node that failed for good, in the order of declaration."""
    failed = [
        node_id
        for node_id in news
        if journal.states[node_id].status is StepStatus.FAILED and not graph.by_id[node_id].continue_on_fail
    ]
    return min(failed, key=graph.position_of.__getitem__, default=None)


def _candidates(graph: Graph, changed: tuple[str, ...] | None) -> list[str]:
    if changed is None:
        return [node.id for node in graph.nodes]
    return [target for node_id in changed for target in graph.successors.get(node_id, ())]


def _unfold(graph: Graph, journal: Journal, candidates: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the nodes to start and to skip, in the order of declaration."""
    skipped: dict[str, NodeState] = {}
    states: MutableMapping[str, NodeState] = ChainMap(skipped, journal.states)
    start: set[str] = set()
    frontier = list(candidates)
    while frontier:
        node_id = frontier.pop()
        if node_id in states or node_id in start:
            continue
        fate = _node_fate(graph, states, node_id)
        if fate is _Fate.TAKEN:
            start.add(node_id)
        elif fate is _Fate.DEAD:
            states[node_id] = NodeState(StepStatus.SKIPPED)
            frontier.extend(graph.successors.get(node_id, ()))
    in_order = graph.position_of.__getitem__
    return tuple(sorted(start, key=in_order)), tuple(sorted(skipped, key=in_order))


def _node_fate(graph: Graph, states: Mapping[str, NodeState], node_id: str) -> _Fate:
    groups = graph.groups.get(node_id)
    if groups is None:
        return _Fate.TAKEN
    fates = [_group_fate(graph, states, group) for group in groups]
    if _Fate.TAKEN in fates:
        return _Fate.TAKEN
    return _Fate.OPEN if _Fate.OPEN in fates else _Fate.DEAD


def _group_fate(graph: Graph, states: Mapping[str, NodeState], group: EdgeGroup) -> _Fate:
    fates = [_edge_fate(graph, states, edge) for edge in group.edges]
    taken, is_open = _Fate.TAKEN in fates, _Fate.OPEN in fates
    if group.condition is GroupCondition.ANY:
        return _Fate.TAKEN if taken else _Fate.OPEN if is_open else _Fate.DEAD
    if group.condition is GroupCondition.ALL and _Fate.DEAD in fates:
        return _Fate.DEAD
    if is_open:
        return _Fate.OPEN
    return _Fate.TAKEN if taken else _Fate.DEAD


def _edge_fate(graph: Graph, states: Mapping[str, NodeState], edge: Edge) -> _Fate:
    state = states.get(edge.source)
    if state is None or state.status.is_live:
        return _Fate.OPEN
    carries_on = state.status is StepStatus.COMPLETED or (
        state.status is StepStatus.FAILED and graph.by_id[edge.source].continue_on_fail
    )
    if not carries_on:
        return _Fate.DEAD
    return _Fate.TAKEN if edge.label is None or edge.label == state.route else _Fate.DEAD
