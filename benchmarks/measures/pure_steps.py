"""What the engine takes for a pure step: a hundred of them are evaluated and written in one transaction."""

import time

from benchmarks.results import Result, Scale, at_most
from benchmarks.world import chain, wait_for, world
from orchestration.services.runs import run_start

STEPS = 100


def measure(scale: Scale) -> list[Result]:
    samples = [_ms_a_step() for _ in range(scale.pick(17, 7))]
    whole = [sample * STEPS for sample in samples[2:]]
    return [
        Result("pure step", "ms", samples[2:]),
        Result(f"a chain of {STEPS} pure steps", "ms", whole, at_most(30)),
    ]


def _ms_a_step() -> float:
    version = chain("join", STEPS)
    began = time.perf_counter()
    run = run_start(actor=world().actor, version=version, run_input={})
    took = time.perf_counter() - began
    wait_for([run.pk])
    return took * 1000 / STEPS
