"""Forty light shell scripts side by side, each in a sandbox of its own."""

from benchmarks.instance import running
from benchmarks.measures.timing import seconds_of
from benchmarks.results import Result, Scale, at_most
from benchmarks.world import published, wait_for, world
from console.embedded import processes
from orchestration.graph import Edge, Graph, GroupCondition, Node
from orchestration.models import PipelineVersion
from orchestration.services.runs import run_start

SCRIPTS = 40


def measure(scale: Scale) -> list[Result]:
    with running(processes.control_worker, processes.agents_worker):
        samples = [_seconds() for _ in range(scale.pick(6, 3))]
    return [Result(f"{SCRIPTS} light scripts, bubblewrap", "s", samples[1:], at_most(1.5))]


def _seconds() -> float:
    run = run_start(actor=world().actor, version=_scripts(), run_input={})
    wait_for([run.pk])
    return seconds_of(run.pk)


def _scripts() -> PipelineVersion:
    names = [f"script-{number}" for number in range(SCRIPTS)]
    scripts = [Node(id=name, kind="bash_script", config={"script": "echo here"}) for name in names]
    nodes = (Node(id="trigger", kind="trigger"), *scripts, Node(id="join", kind="join"))
    out = [Edge(source="trigger", target=name) for name in names]
    back = [Edge(source=name, target="join", group="all", condition=GroupCondition.ALL) for name in names]
    return published(f"{SCRIPTS} scripts", Graph(nodes=nodes, edges=(*out, *back)))
