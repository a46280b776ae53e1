"""The page of a run of nodes, steps or stages: where it stands, why, what it asks, and what each step did."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from agents.llm.records import usage_of_run
from console.display import pipeline_runs
from console.display.asks import Ask, asks_of
from console.display.graph_picture import picture
from console.display.node_runs import NodeRun, edge_states, looks_of, node_runs
from console.display.options import Option
from console.display.text import middle_cut
from console.display.timeline import timeline
from console.models import User
from console.session import PlacedRequest
from console.views.rights import rights
from console.views.run_left import left_of
from console.views.run_step import step_context
from orchestration.models import Run, StepRun
from orchestration.queries import events_before, runs_for
from orchestration.states import RunStatus, StepStatus
from orchestration.views import graph_of, read_view

_EVENTS_SHOWN = 100
_CHILDREN_SHOWN = 50
_LARGEST = 2**31 - 1
#: What only a step's own part shows of its attempts, and may be large.
_LARGE = ("output",)

Context = dict[str, Any]


def show(request: PlacedRequest, run: Run, *, refused: Ask | None = None, status: int = 200) -> HttpResponse:
    """Show one part of a run; an open page that asks again gets what may have changed, to be put in place.

    `refused` is what was answered and can't be taken, with the reason.
    """
    context = run_context(request, run)
    if refused is not None:
        context["asks"] = [refused if ask.node_id == refused.node_id else ask for ask in context["asks"]]
    is_part = request.htmx and not request.htmx.boosted
    return render(request, "runs/graph.html#live" if is_part else "runs/graph.html", context, status=status)


def run_context(request: PlacedRequest, run: Run) -> Context:
    """Return what the page shows of a run: what every part has, and what the chosen part needs."""
    now = timezone.now()
    graph = graph_of(run.version_id)
    rows = node_runs(graph, StepRun.objects.filter(run=run).defer(*_LARGE))
    chosen = _chosen(request, rows)
    tab = request.GET.get("tab", "")
    tab = tab if tab in _TABS else "step" if chosen else "timeline"
    selected = chosen.node.id if chosen else ""
    is_ended = RunStatus(run.status).is_final
    line = timeline(rows, run.created_at, run.finished_at or now, selected=selected)
    asks = [] if is_ended else asks_of(graph, rows)
    context: Context = {
        "run": run,
        "rows": rows,
        "chosen": chosen,
        "tab": tab,
        "tabs": _tabs(run, tab, chosen),
        "body_template": f"runs/graph_{tab}.html",
        "picture": picture(graph, looks_of(rows, now, selected=selected, url="?step="), edge_states(graph, rows)),
        "line": line,
        "asks": asks,
        "asks_state": " ".join(f"{ask.node_id}:{ask.since}" for ask in asks),
        "look": pipeline_runs.run_look(run),
        "words": words_of(rows),
        "usage": usage_of_run(run.organization_id, run.pk),
        "is_ended": is_ended,
        "short_id": middle_cut(run.public_id),
        "body": run.public_id.removeprefix(f"{Run.ID_PREFIX}_"),
        "title": run.title or run.pipeline.name,
        "now": now,
        **_around(request, run),
        **left_of(run, rows),
        **rights(request, run.project_id),
    }
    return context | _TABS[tab](request, run, context)


def words_of(rows: list[NodeRun]) -> str:
    """Say how far a run has come: "4 of 8 steps done, 1 skipped"."""
    done = sum(row.status is StepStatus.COMPLETED for row in rows)
    skipped = sum(row.status is StepStatus.SKIPPED for row in rows)
    return f"{done} of {len(rows)} steps done" + (f", {skipped} skipped" if skipped else "")


def _chosen(request: PlacedRequest, rows: list[NodeRun]) -> NodeRun | None:
    asked = request.GET.get("step", "")
    return next((row for row in rows if row.node.id == asked), None)


def _tabs(run: Run, tab: str, chosen: NodeRun | None) -> list[Option]:
    step = f"&step={chosen.node.id}" if chosen else ""
    shown = [
        ("timeline", "Timeline"),
        ("state", "State"),
        ("events", "Events"),
        ("input", "Input"),
        ("json", "Raw JSON"),
    ]
    options = [
        Option(label, url=f"?tab={name}{step}", is_current=name == tab, count=run.seq if name == "events" else None)
        for name, label in shown
    ]
    if chosen:
        options.insert(0, Option(chosen.name, url=f"?step={quote(chosen.node.id)}", is_current=tab == "step"))
    return options


def _around(request: PlacedRequest, run: Run) -> Context:
    """Return the runs that this one belongs to, and who started it."""
    runs = runs_for(request.place.actor).only("id", "title", "pipeline__name", "version__number")
    parent = runs.filter(steps__id=run.parent_step_id).first() if run.parent_step_id else None
    original = runs.filter(pk=run.rerun_of_id).first() if run.rerun_of_id else None
    children = pipeline_runs.run_rows(
        runs_for(request.place.actor)
        .filter(parent_step__run=run)
        .defer("input", "version__graph", "version__definition")
        .order_by("pk")[:_CHILDREN_SHOWN]
    )
    starter = User.objects.filter(pk=run.created_by_id).first() if run.created_by_id else None
    return {"parent": parent, "original": original, "children": children, "starter": starter}


def _state(request: PlacedRequest, run: Run, context: Context) -> Context:  # noqa: ARG001  # as the others
    return {"state": read_view(run).final_state()}


def _events(request: PlacedRequest, run: Run, context: Context) -> Context:  # noqa: ARG001
    text = request.GET.get("before", "")
    before = min(int(text), _LARGEST) if text.isascii() and text.isdecimal() else run.seq + 1
    events = events_before(run.pk, before, limit=_EVENTS_SHOWN)
    return {"events": events, "older": events[-1].seq if len(events) == _EVENTS_SHOWN and events[-1].seq > 1 else 0}


def _json(request: PlacedRequest, run: Run, context: Context) -> Context:  # noqa: ARG001
    rows: list[NodeRun] = context["rows"]
    return {"raw": _raw(run, rows)}


def _nothing(request: PlacedRequest, run: Run, context: Context) -> Context:  # noqa: ARG001
    return {}


def _raw(run: Run, rows: list[NodeRun]) -> Mapping[str, object]:
    return {
        "id": run.public_id,
        "pipeline_id": run.pipeline.public_id,
        "version": run.version.number,
        "status": run.status,
        "title": run.title,
        "trigger": run.trigger,
        "error": run.error,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "steps": [
            {
                "id": step.public_id, "node_id": step.node_id, "kind": step.kind, "generation": step.generation,
                "attempt": step.attempt, "status": step.status, "route": step.route, "error": step.error,
                "waiting_for": step.waiting_for,
                "started_at": step.started_at.isoformat() if step.started_at else None,
                "finished_at": step.finished_at.isoformat() if step.finished_at else None,
            }
            for row in rows
            for step in row.steps
        ],
    }  # fmt: skip


_TABS: dict[str, Callable[[PlacedRequest, Run, Context], Context]] = {
    "timeline": _nothing, "step": step_context, "state": _state, "events": _events, "input": _nothing, "json": _json,
}  # fmt: skip
