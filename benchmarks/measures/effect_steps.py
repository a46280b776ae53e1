"""What the engine takes for a step with effects: claim, lease, commit of outcome, events and the next step."""

from benchmarks.instance import running
from benchmarks.results import Result, Scale, at_most
from benchmarks.world import chain, wait_for, world
from console.embedded import processes
from orchestration.models import Run, StepRun
from orchestration.services.runs import run_start

STEPS = 100


def measure(scale: Scale) -> list[Result]:
    with running(processes.control_worker):
        samples = [_ms_a_step() for _ in range(scale.pick(11, 5))]
    # The first of each worker's two processes compiles, connects and prepares.
    return [Result("step with effects", "ms", samples[2:], at_most(3), key="step")]


def _ms_a_step() -> float:
    """Return the time of a chain in a worker, from its first step's start to its end, by the database's clock."""
    run = run_start(actor=world().actor, version=chain("nothing", STEPS), run_input={})
    wait_for([run.pk])
    finished = Run.objects.get(pk=run.pk).finished_at
    started = StepRun.objects.filter(run=run).order_by("started_at").values_list("started_at", flat=True)[0]
    if finished is None or started is None:
        raise RuntimeError("A run that has ended has no times.")
    took: float = (finished - started).total_seconds()
    return took * 1000 / STEPS
