"""Pictures of data as numbers for SVG attributes, in percent of the picture's width unless said otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

#: How much of its place a bar takes; the rest is the gap to the next.
_DENSE = 0.94
_LOOSE = 0.72
#: No part of a phase bar is too small to be seen or touched.
_LEAST_PART = 1.2
_LEAST_BAR = 1.5


class Part(NamedTuple):
    """One part of a phase bar."""

    name: str
    milliseconds: float | None
    x: float
    width: float
    css: str


def phase_parts(phases: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Lay out an agent run's phases: `[{"name", "duration_ms"?, "failed"?, "so_far_ms"?}]`.

    A phase without a duration still runs, and may say for how long.
    """
    if not phases:
        return []
    times = [float(phase.get("duration_ms") or phase.get("so_far_ms") or 0) for phase in phases]
    widths = _shares(times)
    parts: list[Part] = []
    x = 0.0
    greys = 0
    for phase, width in zip(phases, widths, strict=True):
        css = _phase_class(phase, greys)
        greys += css in {"cb-phase-even", "cb-phase-odd"}
        parts.append(Part(str(phase["name"]), phase.get("duration_ms"), round(x, 3), round(width, 3), css))
        x += width
    return parts


class Bar(NamedTuple):
    x: float
    width: float


def waterfall(start: float, duration: float | None, total: float) -> Bar:
    """Place one step on the run's time axis; all three in the same unit."""
    if total <= 0:
        return Bar(0, _LEAST_BAR)
    width = min(100.0, max(_LEAST_BAR, 100 * (duration or 0) / total))
    return Bar(round(min(max(0.0, 100 * start / total), 100 - width), 2), round(width, 2))


@dataclass(frozen=True, slots=True)
class Hour:
    """One bar of a histogram: how many runs of each kind, from when to when (as the page's URL says it)."""

    passed: int = 0
    failed: int = 0
    ungraded: int = 0
    title: str = ""
    start: str = ""
    end: str = ""
    is_inside: bool = True

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.ungraded


class Piece(NamedTuple):
    tone: str
    y: float
    height: float


class Column(NamedTuple):
    x: float
    width: float
    pieces: tuple[Piece, ...]
    hour: Hour


def histogram(hours: Sequence[Hour], height: float) -> list[Column]:
    """Stack each bar's counts; x and width in percent, y and height in units of `height`."""
    most = max((hour.total for hour in hours), default=0) or 1
    width = 100 / max(1, len(hours))
    columns = []
    for index, hour in enumerate(hours):
        bottom = height
        pieces = []
        for tone, number in (("passed", hour.passed), ("failed", hour.failed), ("ungraded", hour.ungraded)):
            if number:
                tall = max(1.0, height * number / most)
                bottom -= tall
                pieces.append(Piece(tone, round(bottom, 2), round(tall, 2)))
        columns.append(Column(round(index * width, 3), round(width * _DENSE, 3), tuple(pieces), hour))
    return columns


def span_inside(columns: Sequence[Column]) -> Bar | None:
    """Return the stretch of the bars that the filter keeps, or None where it keeps all or none."""
    inside = [column for column in columns if column.hour.is_inside]
    if not inside or len(inside) == len(columns):
        return None
    return Bar(inside[0].x, round(inside[-1].x + inside[-1].width - inside[0].x, 3))


class Point(NamedTuple):
    """A share of one with the ends of its 95 % interval, where there is one."""

    value: float
    low: float | None = None
    high: float | None = None


class Sparkline(NamedTuple):
    """Paths in a box of 100 by 48."""

    line: str
    band: str
    end_x: float
    end_y: float
    goal_y: float | None


def sparkline(points: Sequence[Point], goal: float | None = None, height: float = 48) -> Sparkline | None:
    if not points:
        return None
    values = [value for point in points for value in point if value is not None] + ([] if goal is None else [goal])
    lowest, highest = min(values), max(values)
    room = highest - lowest or 1

    def place(index: int, value: float) -> tuple[float, float]:
        x = 100 * index / max(1, len(points) - 1)
        return round(x, 2), round(2 + (height - 4) * (highest - value) / room, 2)

    line = [place(index, point.value) for index, point in enumerate(points)]
    high = [place(index, point.value if point.high is None else point.high) for index, point in enumerate(points)]
    low = [place(index, point.value if point.low is None else point.low) for index, point in enumerate(points)]
    return Sparkline(
        line=_path(line),
        band=_path([*high, *reversed(low)]) + "Z",
        end_x=line[-1][0],
        end_y=line[-1][1],
        goal_y=None if goal is None else place(0, goal)[1],
    )


class PlainBar(NamedTuple):
    """x and width in percent, y and height in units of the picture's height."""

    x: float
    width: float
    y: float
    height: float


def bars(values: Sequence[float], height: float, limit: float | None = None) -> list[PlainBar]:
    """Lay out plain bars over time; the limit, where there is one, is part of the scale."""
    most = max([*values, limit or 0]) or 1
    width = 100 / max(1, len(values))
    heights = [height * value / most for value in values]
    return [
        PlainBar(round(index * width, 3), round(width * _LOOSE, 3), round(height - tall, 2), round(tall, 2))
        for index, tall in enumerate(heights)
    ]


def _shares(times: Sequence[float]) -> list[float]:
    """Return shares of 100 in proportion, each at least `_LEAST_PART`; the large ones pay for the small."""
    total = sum(times)
    if not total:
        return [100 / len(times)] * len(times)
    shares = [100 * time / total for time in times]
    small: set[int] = set()
    while True:
        room = (100 - _LEAST_PART * len(small)) / sum(share for at, share in enumerate(shares) if at not in small)
        # What paid may have become small by it.
        found = {at for at, share in enumerate(shares) if at not in small and share * room < _LEAST_PART}
        if not found:
            return [_LEAST_PART if at in small else share * room for at, share in enumerate(shares)]
        small |= found


def _phase_class(phase: Mapping[str, Any], greys: int) -> str:
    if phase.get("failed"):
        return "cb-phase-failed"
    if phase["name"] in {"turns", "grade"}:
        return f"cb-phase-{phase['name']}"
    return "cb-phase-odd" if greys % 2 else "cb-phase-even"


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)
