"""What can be done with a run of nodes, steps or stages: answer it, cancel it, start it again."""

from dataclasses import replace
from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe
from pydantic import JsonValue

from console.access import Permission, require
from console.display.asks import Ask, asks_of
from console.display.node_runs import node_runs
from console.errors import Conflict, DomainError, Invalid, NotAllowed, Problem
from console.forms.schema_fields import read_fields, read_json
from console.session import PlacedRequest
from console.storable import unstorable
from console.tenancy import by_public_id
from console.views import run_graph
from console.views.answers import see_other
from console.views.guard import page
from orchestration.deciding import ensure_may_answer
from orchestration.errors import RunFinished
from orchestration.graph import JsonObject
from orchestration.handoffs import Entry, as_markdown, read_handoff
from orchestration.models import Run, StepRun
from orchestration.queries import runs_for
from orchestration.services.runs import run_cancel, run_rerun, step_answer
from orchestration.services.stages import gate_decide
from orchestration.states import StepStatus
from orchestration.views import graph_of


def answer(request: PlacedRequest, run: Run) -> HttpResponse:
    """Answer what the run waits for; what can't be taken is shown again with the reason."""
    require(request.place.actor, Permission.RUN, project_id=run.project_id)
    ask = _asked(run, request.POST.get("step", ""))
    if ask is None:
        messages.info(request, "This was answered already, or the run has gone on without it.")
        return see_other("run", run.public_id)
    try:
        words = _answer(request, run, ask)
    except (Invalid, NotAllowed) as error:
        typed = request.POST.get("output", request.POST.get("comment", ""))
        status = HTTPStatus.FORBIDDEN if isinstance(error, NotAllowed) else HTTPStatus.UNPROCESSABLE_ENTITY
        return run_graph.show(request, run, refused=replace(ask, problem=error.message, typed=typed), status=status)
    except Conflict as error:
        messages.info(request, error.message)
    else:
        messages.success(request, words)
    return see_other("run", run.public_id)


@require_POST
@page(Permission.RUN)
def cancel(request: PlacedRequest, body: str) -> HttpResponse:
    run = _run(request, body)
    try:
        run_cancel(actor=request.place.actor, run=run)
    except RunFinished as error:
        messages.info(request, error.message)
    else:
        messages.success(request, "The run is cancelled. What runs ends now; finished steps are kept.")
    return see_other("run", run.public_id)


@require_POST
@page(Permission.RUN)
def rerun(request: PlacedRequest, body: str) -> HttpResponse:
    """Start the run again, from a step where one is named; `newest` takes the pipeline's newest version."""
    run, step = _run(request, body), request.POST.get("step", "")
    try:
        made = run_rerun(actor=request.place.actor, run=run, from_node=step, newest=request.POST.get("newest") == "1")
    except DomainError as error:
        messages.error(request, error.message)
        return see_other("run", run.public_id)
    taken = " What came before the step was taken over." if step else ""
    messages.success(request, f"Here is the new run.{taken} The earlier one stays as it is.")
    return see_other("run", made.public_id)


@require_safe
@page()
def handoffs(request: PlacedRequest, body: str) -> HttpResponse:
    """Give the handoffs of a run as Markdown, in the order of its stages."""
    run = _run(request, body)
    graph = graph_of(run.version_id)
    steps = StepRun.objects.filter(run=run, status=StepStatus.COMPLETED).order_by("generation", "attempt")
    left = {step.node_id: step.output["handoff"] for step in steps if _has_handoff(step.output)}
    entries = [Entry(node.name or node.id, read_handoff(left[node.id])) for node in graph.nodes if node.id in left]
    return HttpResponse(
        as_markdown(entries) + "\n",
        content_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{run.public_id}-handoffs.md"'},
    )


def _answer(request: PlacedRequest, run: Run, ask: Ask) -> str:
    """Pass on what was answered; return what is said of it. Raise Invalid for what can't be taken."""
    actor, data = request.place.actor, request.POST
    decision, comment = data.get("decision", ""), data.get("comment", "").strip()
    _ensure_storable({"comment": comment})
    if ask.kind == "decision":
        gate_decide(actor=actor, run=run, node_id=ask.node_id, decision=decision, comment=comment)
        return "Decided. The run goes on." if decision != "stop" else "Decided. The run is stopped."
    ensure_may_answer(actor=actor, run=run, node_id=ask.node_id)
    if ask.kind == "call":
        given: JsonObject = {"decision": decision, "reason": comment}
        if data.get("output", "").strip():
            given["edited_args"] = _object(data.get("output", ""))
        _ensure_storable(given)
        step_answer(actor=actor, run=run, node_id=ask.node_id, output=given)
        return "Decided. The run goes on."
    output = _output(request, ask)
    _ensure_storable(output)
    step_answer(actor=actor, run=run, node_id=ask.node_id, output=output)
    return "Answered. The run goes on."


def _ensure_storable(given: JsonObject) -> None:
    if problems := list(unstorable(given)):
        raise Invalid.of(problems)


def _output(request: PlacedRequest, ask: Ask) -> JsonObject:
    if not ask.fields:
        return _object(request.POST.get("output", ""))
    found, problems = read_fields(ask.fields, request.POST)
    missing = [
        Problem(f"{item.label}: this is required.", *item.path)
        for item in ask.fields
        if item.is_required and not item.value
    ]
    if problems or missing:
        raise Invalid.of([*problems, *missing])
    return found


def _object(text: str) -> JsonObject:
    try:
        return read_json(text)
    except ValueError as error:
        raise Invalid.of([Problem(str(error), "output")]) from error


def _asked(run: Run, node_id: str) -> Ask | None:
    graph = graph_of(run.version_id)
    rows = node_runs(graph, StepRun.objects.filter(run=run, node_id=node_id).defer("output"))
    return next((ask for ask in asks_of(graph, rows) if ask.node_id == node_id), None)


def _run(request: PlacedRequest, body: str) -> Run:
    return by_public_id(runs_for(request.place.actor), f"{Run.ID_PREFIX}_{body}")


def _has_handoff(output: JsonValue) -> bool:
    return isinstance(output, dict) and isinstance(cast("dict[str, object]", output).get("handoff"), dict)
