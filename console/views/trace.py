"""The trace of an agent run: what it did, what it answered, what was thought of it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from agents.models import AgentRun
from agents.queries import trajectory_heads, trajectory_part
from console.api.shapes import agent_run_out
from console.display import status, trace
from console.display import trajectory as shown
from console.display.agent_sources import image_facts, origin_facts
from console.display.options import Option
from console.display.text import middle_cut
from console.errors import NotFound
from console.ids import to_public
from console.run_log import log_page
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.guard import page
from console.views.rights import rights
from evaluation.models import SeededTask, Verdict
from evaluation.queries import task_of, traced_runs_for, verdicts_of
from orchestration.models import Run
from orchestration.queries import runs_for
from orchestration.views import graph_of

#: Steps that are listed at once, and so many more each time somebody asks.
STEPS_A_PAGE = 200
_LARGEST = 2**31 - 1

Context = dict[str, Any]


@require_safe
@vary_on_headers("HX-Request")
@page()
def show(request: PlacedRequest, run_id: str, tab: str = "trace") -> HttpResponse:
    """Show one part of a trace; an open page that asks again gets what may have changed, to be put in place."""
    run: Any = by_public_id(traced_runs_for(request.place.actor), run_id)
    context = _context(request, run, tab)
    context |= _TABS[tab](request, run, context)
    is_part = request.htmx and not request.htmx.boosted
    return render(request, "runs/trace.html#live" if is_part else "runs/trace.html", context)


@require_safe
@page()
def steps(request: PlacedRequest, run_id: str) -> HttpResponse:
    """Return the next rows of a trajectory."""
    run = by_public_id(traced_runs_for(request.place.actor), run_id)
    return render(request, "runs/trajectory_rows.html", {"run": run, **_steps(request, run)})


@require_safe
@page()
def step(request: PlacedRequest, run_id: str, index: int) -> HttpResponse:
    """Return all of one step."""
    run = by_public_id(traced_runs_for(request.place.actor), run_id)
    found = trajectory_part(run, index, index)
    if not found:
        raise NotFound("There is no such step here.")
    return render(request, "runs/step_body.html", {"row": shown.row_of(found[0])})


@require_safe
@page()
def log_older(request: PlacedRequest, run_id: str) -> HttpResponse:
    """Return the lines before those that an open page has."""
    run = by_public_id(traced_runs_for(request.place.actor), run_id)
    return render(
        request, "runs/log_before.html", {"run": run, "log": log_page(run, before=_number(request, "before"))}
    )


def _context(request: PlacedRequest, run: Any, tab: str) -> Context:
    """Return what every part shows: the head, the facts, the verdict."""
    pipeline_run = runs_for(request.place.actor).filter(pk=run.run_id).first()
    task, verdicts = task_of(run), verdicts_of(run)
    return {
        "run": run,
        "pipeline_run": pipeline_run,
        "task": task,
        "phases": trace.phases_of(run, timezone.now()),
        "origin_facts": [*image_facts(run.image), *origin_facts(run.code_origin)],
        "verdicts": verdicts,
        "earlier": len(verdicts) - 1,
        "is_ended": trace.is_ended(run),
        "has_steps": pipeline_run is not None and len(graph_of(pipeline_run.version_id).nodes) > 1,
        "api_url": f"/api/agent-runs/{run.public_id}",
        "short_id": middle_cut(run.public_id),
        "outcome": status.of_outcome(run.status, run.verdict).word,
        "words": trace.sentence(run, cancelled_by=pipeline_run.cancelled_by if pipeline_run else ""),
        "tab": tab,
        "tabs": _tab_options(run, tab, len(verdicts)),
        "body_template": f"runs/tab_{tab}.html",
        **trace.states(run, len(verdicts)),
        **rights(request, run.project_id),
    }


def _tab_options(run: AgentRun, tab: str, verdict_count: int) -> list[Option]:
    lines = run.log_lines
    shown_tabs = [
        ("trace", "Agent Trace", ""), ("seed", "Frozen seed", ""),
        ("log", "Log", f"{lines:,} line{'' if lines == 1 else 's'}" if lines else ""), ("json", "Raw JSON", ""),
    ]  # fmt: skip
    if verdict_count > 1 or tab == "verdicts":
        shown_tabs.insert(1, ("verdicts", "Earlier verdicts", f"{max(0, verdict_count - 1)}"))
    return [
        Option(label, url=trace.tab_url(run.public_id, name), hint=hint, is_current=name == tab)
        for name, label, hint in shown_tabs
    ]


def _trace(request: PlacedRequest, run: Any, context: Context) -> Context:
    task: SeededTask | None = context["task"]
    is_replaced = task is not None and task.agent_run_id != run.pk
    return {
        "newer_run": to_public(AgentRun.ID_PREFIX, task.agent_run_id) if task and is_replaced else "",
        "body_state": trace.trace_state(run),
        "log": None if context["is_ended"] else log_page(run, before=run.head + 1),
        **_steps(request, run),
    }


def _log(request: PlacedRequest, run: Any, context: Context) -> Context:  # noqa: ARG001  # as the others
    return {"log": log_page(run, before=_number(request, "before") or run.head + 1), "body_state": "log"}


def _seed(request: PlacedRequest, run: Any, context: Context) -> Context:  # noqa: ARG001
    task: SeededTask | None = context["task"]
    pipeline_run: Run | None = context["pipeline_run"]
    return {"seed": task.seed if task else pipeline_run.input if pipeline_run else {}, "body_state": "seed"}


def _json(request: PlacedRequest, run: Any, context: Context) -> Context:  # noqa: ARG001
    verdicts: list[Verdict] = context["verdicts"]
    raw = agent_run_out(run, verdicts[0] if verdicts else None).model_dump(mode="json")
    return {"raw": raw, "body_state": f"{context['facts_state']} {context['rail_state']}"}


def _verdicts(request: PlacedRequest, run: Any, context: Context) -> Context:  # noqa: ARG001
    return {"body_state": context["rail_state"]}


_TABS: dict[str, Callable[[PlacedRequest, Any, Context], Context]] = {
    "trace": _trace, "log": _log, "seed": _seed, "json": _json, "verdicts": _verdicts,
}  # fmt: skip


def _steps(request: PlacedRequest, run: AgentRun) -> Context:
    """Return a page of the trajectory's rows, of one kind if the URL names one."""
    heads = trajectory_heads(run) if run.step_count else []
    kind, first = request.GET.get("kind", ""), _number(request, "from")
    wanted = [head for head in heads if kind in {"", head.step.kind} and head.step.index >= first]
    rest = len(wanted) - STEPS_A_PAGE
    return {
        "rows": [shown.row_of(head.step, is_whole=head.is_whole) for head in wanted[:STEPS_A_PAGE]],
        "kinds": shown.kinds_of(heads, kind),
        "kind": kind,
        "total_ms": shown.span_of(heads, trace.turns_ms(run)),
        "next": wanted[STEPS_A_PAGE].step.index if rest > 0 else 0,
        "rest": max(0, rest),
    }


def _number(request: PlacedRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return min(int(text), _LARGEST) if text.isascii() and text.isdecimal() else 0
