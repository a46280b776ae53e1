"""What a project needs before anything can run in it, and how far it has come."""

from collections.abc import Sequence

from agents.llm.catalogue import defaults_of
from agents.models import Agent
from agents.queries import agents_for
from console.access import Permission, can
from console.display.options import SetUpStep
from console.links import url_of
from console.session import Place
from orchestration.models import Dialect, Pipeline
from orchestration.queries import pipelines_for

_MOST_SEEDABLE = 8


def seedable(place: Place) -> Sequence[Pipeline]:
    """Return the pipelines of a project that tasks can be seeded into, as far as a menu has room for them."""
    if not can(place.actor, Permission.RUN, project_id=place.project.pk):
        return []
    fields = pipelines_for(place.actor).filter(project=place.project, dialect=Dialect.FIELDS)
    published = fields.filter(latest__isnull=False).select_related(None)
    return list(published.only("id", "name").order_by("-updated_at")[:_MOST_SEEDABLE])


def set_up_steps(place: Place) -> list[SetUpStep]:
    """Return the steps to the first run with the done ones ticked; the first that is left has the button."""
    agent = agents_for(place.actor).filter(latest__isnull=False).only("id", "name", "latest__number").first()
    pipelines = seedable(place)
    steps = [
        _agent_step(place, agent),
        _judge_step(place, pipelines),
        _pipeline_step(place, pipelines),
        _seed_step(pipelines),
    ]
    present = next((step for step in steps if not step.is_done), None)
    return [_with_button(step, is_present=step is present) for step in steps]


def _agent_step(place: Place, agent: Agent | None) -> SetUpStep:
    title = "Register and publish an agent"
    if agent is not None:
        hint = f"{agent.name}, version {agent.latest.number}" if agent.latest else agent.name
        return SetUpStep(title, hint, is_done=True)
    if not can(place.actor, Permission.EDIT_AGENTS, project_id=place.project.pk):
        return SetUpStep(title, "A Project Admin Owner or Org Admin does that")
    hint = "Your own code, run in a sandbox of its own for each task"
    return SetUpStep(title, hint, action="Register agent", url=url_of("agent-new"), icon="plus")


def _judge_step(place: Place, pipelines: Sequence[Pipeline]) -> SetUpStep:
    title = "Choose a judge"
    if defaults_of(place.organization.pk).judge:
        return SetUpStep(title, "The organization has a default", is_done=True)
    if pipelines:
        return SetUpStep(title, "On the agent field", is_done=True)
    may_set = can(place.actor, Permission.MANAGE_MODELS)
    hint = "The organization’s default, or one on each agent field. Without one, runs fail"
    return SetUpStep(title, hint, action="Open models", url=url_of("settings-models") if may_set else "")


def _pipeline_step(place: Place, pipelines: Sequence[Pipeline]) -> SetUpStep:
    title = "Add it to a pipeline"
    if pipelines:
        return SetUpStep(title, pipelines[0].name, is_done=True)
    may_edit = can(place.actor, Permission.EDIT_PIPELINES, project_id=place.project.pk)
    url = url_of("pipeline-new") if may_edit else ""
    hint = "An agent field names the agent, the judge and the rubric"
    return SetUpStep(title, hint, action="Create pipeline", url=url, icon="plus")


def _seed_step(pipelines: Sequence[Pipeline]) -> SetUpStep:
    url = url_of("pipeline-seed", pipelines[0].public_id) if pipelines else ""
    hint = "Upload a CSV with a single user column"
    return SetUpStep("Seed one task", hint, action="Seed tasks", url=url, icon="upload")


def _with_button(step: SetUpStep, *, is_present: bool) -> SetUpStep:
    """Give the step one stands at the button, and leave the later ones without a link: they can't be done yet."""
    if is_present or not step.url:
        return SetUpStep(step.title, step.hint, step.is_done, step.action, step.url, step.icon, is_primary=is_present)
    return SetUpStep(step.title, step.hint, step.is_done)
