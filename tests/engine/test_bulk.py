from console.ids import new_id
from orchestration.graph import Graph, Node
from orchestration.models import Run, RunEvent, StepRun, Trigger
from orchestration.services.bulk import RunSeed, runs_start
from tests.engine.conftest import chain, finish, note
from tests.factories import PipelineVersionFactory


def seeds(count: int) -> list[RunSeed]:
    return [RunSeed(new_id(), f"run {n}", {"n": n}) for n in range(count)]


def version(project, graph: Graph):
    return PipelineVersionFactory(pipeline__project=project, graph=graph.model_dump(mode="json"))


def test_many_runs_start_as_one_would(project, admin):
    runs_start(actor=admin, version=version(project, chain(note("a"))), seeds=seeds(20), trigger=Trigger.CSV)
    assert Run.objects.count() == 20
    run = finish(Run.objects.order_by("id").first())
    assert run.status == "completed"
    assert list(RunEvent.objects.filter(run_id=run.pk).order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4]


def test_runs_of_pure_steps_are_finished_when_they_are_started(project, admin):
    graph = chain(Node(id="t", kind="transform", config={"expression": {"var": "n"}}))
    runs_start(actor=admin, version=version(project, graph), seeds=seeds(3), trigger=Trigger.CSV)
    assert set(Run.objects.values_list("status", flat=True)) == {"completed"}
    assert sorted(StepRun.objects.values_list("output", flat=True)) == [0, 1, 2]
