from collections.abc import Callable, Iterator

import pytest

from agents.llm import wire
from agents.models import ModelDefaults, Provider, TopicRoute
from orchestration import admission, executor, sweeper, views
from orchestration.models import Pipeline, Run, StepRun
from orchestration.services.stages import TemplateWords, stages_start, template_create
from orchestration.stage_runs import StageOfRun, stages_in
from tests.factories import ModelEndpointFactory
from tests.support.model_server import ModelServer

WRITE = {"name": "Write", "topic": "writing", "prompt": "Write: {{description}}"}
CHECK = {"name": "Check", "topic": "review", "stageType": "qa_validation", "prompt": "Check the text."}
POLISH = {"name": "Polish", "topic": "writing", "prompt": "Polish: {{previousOutput}}"}
GATED = {**WRITE, "approvalGate": True}


@pytest.fixture(autouse=True)
def _no_views_of_earlier_tests():
    views._views.clear()
    views.graph_of.cache_clear()


@pytest.fixture(autouse=True)
def _rules_write(project):
    """No topic has a route, so that builtin/rules does the work."""
    ModelDefaults.objects.create(organization_id=project.organization_id, agent="builtin/rules")


@pytest.fixture
def model_of(project) -> Iterator[Callable[..., ModelServer]]:
    """Route topics to a model of our own."""
    # Slow to import: a lease would run out meanwhile, for its keeper can't see the rows of a test.
    wire.load(Provider.OPENAI_COMPATIBLE)
    with ModelServer() as server:
        endpoint = ModelEndpointFactory(organization=project.organization, base_url=server.openai_url)

        def route(*topics: str) -> ModelServer:
            for topic in topics:
                TopicRoute.objects.create(organization=project.organization, topic=topic, model=endpoint.public_id)
            return server

        yield route


@pytest.fixture
def template(project, admin) -> Callable[..., Pipeline]:
    def make(*stages, name: str = "A template", parameters=()) -> Pipeline:
        definition = {"stages": [*stages], "parameters": [*parameters]}
        return template_create(actor=admin, project=project, words=TemplateWords(name), definition=definition)

    return make


@pytest.fixture
def run_of(template, admin) -> Callable[..., Run]:
    """Start a run of these stages and carry out all that can be."""

    def start(*stages, description: str = "A greeting") -> Run:
        run = stages_start(actor=admin, pipeline=template(*stages), description=description)
        return worked(run)

    return start


def worked(run: Run) -> Run:
    """Do what workers and the sweeper do, and return the run as it then stands."""
    for _ in range(100):
        sweeper.wake_due()
        sweeper.wake_waits()
        admission.admit_everywhere()
        if executor.drain("agents") + executor.drain("control") == 0:
            break
    return Run.objects.select_related("version", "pipeline").get(pk=run.pk)


def steps_by_node(run: Run) -> dict[str, StepRun]:
    """Return the newest step of each node."""
    return {step.node_id: step for step in StepRun.objects.filter(run=run).order_by("pk")}


def stages(run: Run) -> list[StageOfRun]:
    return stages_in(run.version.definition, list(StepRun.objects.filter(run=run).order_by("pk")))


def stage_statuses(run: Run) -> list[str]:
    return [stage.status.value for stage in stages(run)]
