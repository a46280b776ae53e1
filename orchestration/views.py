"""The views of runs that this process keeps between steps, so that a step costs what is new and not what was."""

import functools
import uuid
from collections import OrderedDict

from orchestration.fold import Outcome
from orchestration.graph import Graph
from orchestration.journal import run_input, settled_since
from orchestration.models import PipelineVersion, Run
from orchestration.rows import Claim, JournalRow, LockedRun
from orchestration.scheduler import NodeState
from orchestration.steps.base import PASSING_WAITS
from orchestration.view import NOTHING_YET, RunView

_VIEWS_KEPT = 256
_views: OrderedDict[uuid.UUID, RunView] = OrderedDict()


@functools.lru_cache(maxsize=256)
def graph_of(version_id: uuid.UUID) -> Graph:
    """Return the graph of a published version, which never changes."""
    return Graph.model_validate(PipelineVersion.objects.only("graph").get(pk=version_id).graph)


def view_of(run: LockedRun) -> RunView:
    """Return the view of a run whose row is locked, brought up to its last event.

    The caller must `forget` it when the transaction fails: a view outlives a transaction that was rolled back.
    """
    view = _views.pop(run.id, None) or _empty_view(run)
    if view.seq != run.seq:
        _catch_up(view, run)
    _views[run.id] = view
    if len(_views) > _VIEWS_KEPT:
        _views.popitem(last=False)
    return view


def forget(run_id: uuid.UUID) -> None:
    _views.pop(run_id, None)


def view_for_step(claim: Claim) -> RunView:
    """Return a view in which everything stands that a claimed step may see.

    All of that is settled and can't change any more, so no lock is needed. The view is kept for the step's end.
    """
    view = _views.get(claim.run_id)
    if view is None or not _is_current(view, claim):
        view = RunView(graph_of(claim.version_id), run_input(claim.run_id))
        for row in settled_since(claim.run_id, NOTHING_YET):
            _take_up(view, row)
            view.seq = view.seq if row.settled_seq is None else row.settled_seq
        _views[claim.run_id] = view
    return view


def read_view(run: Run) -> RunView:
    """Return the view of a run for reading, built anew and not kept."""
    view = RunView(graph_of(run.version_id), run.input)
    for row in settled_since(run.pk, NOTHING_YET):
        _take_up(view, row)
    return view


def _is_current(view: RunView, claim: Claim) -> bool:
    return claim.node_id in view.journal.states and view.generation.get(claim.node_id, 0) == claim.generation


def _empty_view(run: LockedRun) -> RunView:
    return RunView(graph_of(run.version_id), run_input(run.id))


def _catch_up(view: RunView, run: LockedRun) -> None:
    for row in settled_since(run.id, view.seq):
        _take_up(view, row)
    view.seq, view.wave = run.seq, run.wave


def _take_up(view: RunView, row: JournalRow) -> None:
    outcome = None
    if row.status.is_settled:
        outcome = Outcome(row.node_id, row.wave, row.status, row.output, row.error)
    passes = row.waits_for in PASSING_WAITS
    view.put(row.node_id, NodeState(row.status, row.route, passes=passes), outcome)
    if isinstance(row.rewind, dict):
        view.rewind(str(row.rewind["to"]), row.rewind["feedback"])
