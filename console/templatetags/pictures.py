"""Pictures of data: their numbers come from `console.display.pictures`, their shapes from SVG attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.display import pictures

register = template.Library()

_HISTOGRAM = 44
_BARS = 28


@register.inclusion_tag("components/phase_bar.html")
def phase_bar(phases: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Show an agent run's phases in proportion, with a legend of their times."""
    return {"parts": pictures.phase_parts(phases)}


@register.simple_tag
def waterfall(start: float, duration: float | None, total: float, tone: str = "queued") -> SafeString:
    """Show when on the run's own time axis a step ran; start, duration and total in milliseconds."""
    bar = pictures.waterfall(start, duration, total)
    return format_html(
        '<svg class="cb-waterfall cb-tone-{}" aria-hidden="true">'
        '<rect x="{}%" width="{}%" height="8" rx="2"></rect></svg>',
        tone,
        bar.x,
        bar.width,
    )


@register.inclusion_tag("components/histogram.html")
def histogram(
    hours: Sequence[pictures.Hour], start: str = "", end: str = "now", words: str = "runs per hour", url: str = ""
) -> dict[str, object]:
    """Show runs over time. With a URL, dragging leads there with `from` and `to` in its query."""
    columns = pictures.histogram(hours, _HISTOGRAM)
    return {
        "columns": columns,
        "span": pictures.span_inside(columns),
        "start": start,
        "end": end,
        "words": words,
        "url": url,
        "total": sum(hour.total for hour in hours),
    }


@register.inclusion_tag("components/sparkline.html")
def sparkline(
    points: Sequence[pictures.Point], goal: float | None = None, start: str = "", middle: str = "", end: str = ""
) -> dict[str, object]:
    """Show a share over time with its interval; `start`, `middle` and `end` are the words under it."""
    return {
        "drawing": pictures.sparkline(points, goal),
        "points": points,
        "start": start,
        "middle": middle,
        "end": end,
    }


@register.inclusion_tag("components/bars.html")
def bars(
    values: Sequence[float],
    label: str,
    value: str,
    start: str = "",
    end: str = "",
    tone: str = "queued",
    limit: float | None = None,
) -> dict[str, object]:
    """Show small bars over time under a name and its present value."""
    return {
        "bars": pictures.bars(values, _BARS, limit),
        "label": label,
        "value": value,
        "start": start,
        "end": end,
        "tone": tone,
    }


@register.inclusion_tag("components/progress.html")
def progress(
    value: float, most: float, label: str, words: str = "", rest: str = "", tone: str = "running"
) -> dict[str, object]:
    """Show how far something has come: `words` follow the number under the bar, `rest` stands at its end."""
    return {"value": value, "most": most, "label": label, "words": words, "rest": rest, "tone": tone}
