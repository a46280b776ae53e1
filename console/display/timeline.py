"""When the steps of a run worked and waited, as bars on the run's own time axis, in percent of its width."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from console.display.node_runs import NodeRun, is_passing, lasted_ms
from console.display.numbers import duration, round_duration
from orchestration.models import StepRun
from orchestration.states import StepStatus

_LEAST_WIDTH = 0.6
_MOST_TICKS = 6
#: Steps of an axis that a person counts in, in milliseconds.
_NICE = (
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 180_000, 300_000,
    600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000, 172_800_000, 604_800_000,
    1_209_600_000, 2_592_000_000, 7_776_000_000,
)  # fmt: skip
_TONES = {
    StepStatus.COMPLETED: "passed",
    StepStatus.FAILED: "failed",
    StepStatus.LOST: "failed",
    StepStatus.RUNNING: "running",
    StepStatus.CANCELLED: "cancelled",
}


class Bar(NamedTuple):
    """One attempt. `is_hatched` marks a wait for somebody; a wait that ends by itself is grey."""

    x: float
    width: float
    tone: str
    is_hatched: bool
    words: str


class Gap(NamedTuple):
    """The time between two attempts."""

    x: float
    width: float


class Tick(NamedTuple):
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A step on the axis. `note_x` is where words fit behind its last bar, None where there is no room."""

    run: NodeRun
    bars: list[Bar]
    gaps: list[Gap]
    duration_ms: float | None
    is_selected: bool

    @property
    def note_x(self) -> float | None:
        end = max((bar.x + bar.width for bar in self.bars), default=0.0)
        return round(end + 1, 2) if end < 80 else None  # noqa: PLR2004  # a fifth of the width holds two words


@dataclass(frozen=True, slots=True)
class Timeline:
    """Rows, the axis, and how long was worked and waited in all; parallel steps count each for itself."""

    rows: list[Row]
    ticks: list[Tick]
    working_ms: float
    waiting_ms: float


def timeline(runs: Sequence[NodeRun], start: datetime, end: datetime, *, selected: str = "") -> Timeline:
    """Lay out the attempts of a run that began at `start` and has come to `end`."""
    total = max(1.0, (end - start) / timedelta(milliseconds=1))
    rows = [_row(run, start, end, total, selected) for run in runs]
    own = [step for run in runs if not run.is_taken_over for step in run.steps]
    waiting = sum(lasted_ms(step, end) or 0 for step in own if _is_wait(step))
    working = sum(lasted_ms(step, end) or 0 for step in own if not _is_wait(step))
    return Timeline(rows, ticks(total), working, waiting)


def ticks(total_ms: float) -> list[Tick]:
    """Return at most six round times on an axis."""
    step = next((nice for nice in _NICE if total_ms / nice <= _MOST_TICKS - 1), _NICE[-1])
    count = min(int(total_ms // step), _MOST_TICKS - 1)
    return [Tick(0.0, "0"), *(
        Tick(round(100 * place * step / total_ms, 2), round_duration(place * step)) for place in range(1, count + 1)
    )]  # fmt: skip


def _row(run: NodeRun, start: datetime, end: datetime, total: float, selected: str) -> Row:
    spans = [] if run.is_taken_over else [
        (step, (step.started_at - start) / timedelta(milliseconds=total) * 100, lasted_ms(step, end) or 0)
        for step in run.steps
        if step.started_at is not None and step.status != StepStatus.SKIPPED
    ]  # fmt: skip
    bars = [_bar(step, x, 100 * spent / total, spent) for step, x, spent in spans]
    gaps = [
        Gap(round(bar.x + bar.width, 2), round(following.x - bar.x - bar.width, 2))
        for bar, following in itertools.pairwise(bars)
        if following.x > bar.x + bar.width
    ]
    return Row(run, bars, gaps, run.duration_ms(end), run.node.id == selected)


def _bar(step: StepRun, x: float, width: float, spent: float) -> Bar:
    x = min(max(0.0, x), 100 - _LEAST_WIDTH)
    width = min(max(width, _LEAST_WIDTH), 100 - x)
    is_wait = _is_wait(step)
    is_hatched = is_wait and not is_passing(step.waiting_for or {})
    tone = "waiting" if is_hatched else "queued" if is_wait else _TONES.get(StepStatus(step.status), "queued")
    return Bar(round(x, 2), round(width, 2), tone, is_hatched, _words(step, spent, is_wait=is_wait))


def _is_wait(step: StepRun) -> bool:
    """Whether an attempt was spent waiting. One that failed is shown as a failure, whatever it waited for."""
    return bool(step.waiting_for) and step.status not in {StepStatus.RUNNING, StepStatus.FAILED, StepStatus.LOST}


def _words(step: StepRun, spent: float, *, is_wait: bool) -> str:
    what = "waited" if is_wait else StepStatus(step.status).value
    again = f", time {step.generation + 1}" if step.generation else ""
    return f"Attempt {step.attempt}{again}: {what}, {duration(spent)}"
