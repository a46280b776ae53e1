"""What the engine takes for a step with effects: claim, lease, commit of outcome, events and the next step."""

from benchmarks.instance import running
from benchmarks.measures.timing import seconds_of
from benchmarks.results import Result, Scale, at_most
from benchmarks.world import chain, wait_for, world
from console.embedded import processes
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
    return seconds_of(run.pk) * 1000 / STEPS
