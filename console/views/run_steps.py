"""A run of a pipeline: its steps, or straight the trace of the agent's run where it is no more than that."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from agents.models import AgentRun
from agents.queries import agent_runs_for
from console.display import runs as shown
from console.display.text import middle_cut
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views import run_answers, run_graph
from console.views.guard import page
from console.views.rights import rights
from orchestration.models import Dialect, Run
from orchestration.queries import runs_for, steps_of
from orchestration.states import RunStatus
from orchestration.views import graph_of


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@page()
def show(request: PlacedRequest, body: str) -> HttpResponse:
    """Show a run of any pipeline; a POST answers what it waits for."""
    run = by_public_id(runs_for(request.place.actor), f"{Run.ID_PREFIX}_{body}")
    if request.method == "POST":
        return run_answers.answer(request, run)
    return _fields(request, run) if run.pipeline.dialect == Dialect.FIELDS else run_graph.show(request, run)


def _fields(request: PlacedRequest, run: Run) -> HttpResponse:
    nodes = graph_of(run.version_id).nodes
    agent_runs = list(_agent_runs(request, run))
    if len(nodes) == len(agent_runs) == 1 and not request.htmx:
        return redirect("run", agent_runs[0].public_id)
    rows = shown.step_rows(nodes, steps_of(run), agent_runs)
    context = {
        "run": run,
        "status": "run_failed" if run.status == RunStatus.FAILED else run.status,
        "rows": rows,
        "short_id": middle_cut(run.public_id),
        "is_ended": RunStatus(run.status).is_final,
        "state": " ".join([run.status, *(f"{row.status} {row.attempts}" for row in rows)]),
        **rights(request, run.project_id),
    }
    return render(request, "runs/steps.html#live" if request.htmx else "runs/steps.html", context)


def _agent_runs(request: PlacedRequest, run: Run) -> "QuerySet[AgentRun]":
    rows = agent_runs_for(request.place.actor).filter(run_id=run.pk)
    return rows.defer("agent__draft", "version__spec").order_by("pk")
