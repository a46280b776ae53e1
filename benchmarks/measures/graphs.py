"""Wide graphs and many short runs: one step to two hundred and back to one, and chains of three."""

from benchmarks.instance import running
from benchmarks.measures.timing import seconds_of, span_of
from benchmarks.results import Result, Scale, at_least, at_most
from benchmarks.world import chain, published, wait_for, world
from console.embedded import processes
from orchestration.graph import Edge, Graph, GroupCondition, Node
from orchestration.models import PipelineVersion, Run
from orchestration.services.runs import run_start

BRANCHES = 200


def measure(scale: Scale) -> list[Result]:
    with running(processes.control_worker):
        fans = [_fan_ms() for _ in range(scale.pick(8, 4))]
        rates = [_three_step_rate(scale.pick(500, 150)) for _ in range(scale.pick(5, 3))]
    return [
        Result("1 → 200 → 1, steps with effects", "ms", fans[2:], at_most(1_000), key="fan"),
        Result("three-step runs, two workers", "runs/s", rates[1:], at_least(120), key="three"),
    ]


def _fan_ms() -> float:
    """Return the time of one run from its first step's start to its end, by the database's clock."""
    run = run_start(actor=world().actor, version=_fan(), run_input={})
    wait_for([run.pk])
    return seconds_of(run.pk) * 1000


def _fan() -> PipelineVersion:
    branches = [f"branch-{number}" for number in range(BRANCHES)]
    nodes = [Node(id=name, kind="nothing") for name in ("first", *branches, "last")]
    out = [Edge(source="first", target=name) for name in branches]
    back = [Edge(source=name, target="last", group="all", condition=GroupCondition.ALL) for name in branches]
    return published(f"1 → {BRANCHES} → 1", Graph(nodes=tuple(nodes), edges=(*out, *back)))


def _three_step_rate(count: int) -> float:
    """Return the rate from the first run's row to the last run's end, one process submitting as fast as it can."""
    version = chain("nothing", 3)
    runs: list[Run] = [run_start(actor=world().actor, version=version, run_input={}) for _ in range(count)]
    run_ids = [run.pk for run in runs]
    wait_for(run_ids)
    return count / span_of(run_ids)
