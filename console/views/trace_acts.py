"""What can be done with one run: grade it again, run it again, stop it."""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from agents.queries import agent_runs_for
from console.access import Permission
from console.errors import Conflict, DomainError
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page
from evaluation.errors import JudgeUnresolved, NotGradable
from evaluation.services.dispatch import agent_run_rerun
from evaluation.services.regrading import regrade_ask
from orchestration.errors import RunFinished
from orchestration.queries import runs_for
from orchestration.services.runs import run_cancel, run_rerun


@require_POST
@page(Permission.RUN)
def regrade(request: PlacedRequest, run_id: str) -> HttpResponse:
    agent_run = by_public_id(agent_runs_for(request.place.actor), run_id)
    try:
        regrade_ask(actor=request.place.actor, agent_run=agent_run)
    except (NotGradable, JudgeUnresolved) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The run is being graded again. Earlier verdicts are kept.")
    return see_other("run", agent_run.public_id)


@require_POST
@page(Permission.RUN)
def rerun(request: PlacedRequest, run_id: str) -> HttpResponse:
    """Run again on the same input; `newest` takes the newest versions of pipeline and agent."""
    agent_run = by_public_id(agent_runs_for(request.place.actor), run_id)
    try:
        made = agent_run_rerun(actor=request.place.actor, agent_run=agent_run, newest=request.POST.get("newest") == "1")
    except Conflict as error:
        messages.error(request, error.message)
        return see_other("run", agent_run.public_id)
    messages.success(request, "Here is the new run. The earlier one stays as it is.")
    return see_other("run", made.public_id)


@require_POST
@page(Permission.RUN)
def cancel(request: PlacedRequest, run_id: str) -> HttpResponse:
    agent_run = by_public_id(agent_runs_for(request.place.actor), run_id)
    run = runs_for(request.place.actor).get(pk=agent_run.run_id)
    try:
        run_cancel(actor=request.place.actor, run=run)
    except RunFinished as error:
        messages.info(request, error.message)
    else:
        messages.success(request, "The run is cancelled. Its sandbox ends now.")
    return see_other("run", agent_run.public_id)


@require_POST
@page(Permission.RUN)
def rerun_from_step(request: PlacedRequest, run_id: str) -> HttpResponse:
    """Run a pipeline again from one of its steps; what came before is taken over."""
    run = by_public_id(runs_for(request.place.actor), run_id)
    try:
        made = run_rerun(actor=request.place.actor, run=run, from_node=request.POST.get("step", ""))
    except DomainError as error:
        messages.error(request, error.message)
        return see_other("run", run.public_id)
    messages.success(request, "Here is the new run. What came before the step was taken over.")
    return see_other("run", made.public_id)
