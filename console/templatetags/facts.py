"""What shows something whole: verdicts, JSON, code, differences, logs, empty places, pagers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console.display import ansi, diff, json_view, options, status, text
from console.templatetags.words import icon

register = template.Library()

_VERDICT_STATES = {True: "pass", False: "fail", None: "ungraded"}
#: Side by side and unified are both written where the width decides; above this many lines only unified.
_MOST_DOUBLE_ROWS = 1200


@register.inclusion_tag("components/verdict_panel.html")
def verdict_panel(verdict: Any, earlier: int = 0, earlier_url: str = "") -> dict[str, object]:
    """Show a `Verdict`: the badge, the sum, the reason, the items with the failed ones first, and who graded."""
    items = [
        {**item, "state": _VERDICT_STATES[item.get("passed")]}
        for item in sorted(verdict.items, key=lambda item: {False: 0, None: 1, True: 2}[item.get("passed")])
    ]
    return {
        "verdict": verdict,
        "items": items,
        "passed": sum(item["state"] == "pass" for item in items),
        "earlier": earlier,
        "earlier_url": earlier_url,
    }


@register.simple_tag(name="json_view")
def json_html(value: object) -> SafeString:
    """Show JSON that folds."""
    return format_html('<div class="cb-json">{}</div>', json_view.to_html(value))


@register.inclusion_tag("components/code_block.html")
def code_block(source: str, *, copy: bool = False, wrap: bool = False, terminal: bool = False) -> dict[str, object]:
    """Show text a machine wrote; `terminal` understands its colours."""
    shown = ansi.to_html(source) if terminal else text.visible(source)
    return {"shown": shown, "source": source, "copy": copy, "wrap": wrap}


@register.inclusion_tag("components/diff.html")
def diff_view(
    before: str, after: str, path: str = "", layout: str = "auto", *, is_open: bool = True
) -> dict[str, object]:
    """Show what changed between two texts. The layout is `split`, `unified`, or `auto`, where the width decides."""
    difference = diff.compare(before, after)
    if layout == "auto" and sum(len(block.rows) for block in difference.blocks) > _MOST_DOUBLE_ROWS:
        layout = "unified"
    return {
        "difference": difference,
        "path": path,
        "layout": layout,
        "is_open": is_open,
        "has_split": layout in {"auto", "split"},
        "has_unified": layout in {"auto", "unified"},
        "signs": {diff.Kind.ADD: "+", diff.Kind.DEL: "\N{MINUS SIGN}"},
    }


@register.simple_tag
def diff_text(line: diff.Line) -> SafeString:
    """Show one line of a difference with its changed words marked."""
    mark = "ins" if line.kind is diff.Kind.ADD else "del"
    pieces = [
        format_html("<{0}>{1}</{0}>", mark, text.visible(part.text)) if part.is_changed else text.visible(part.text)
        for part in line.parts
    ]
    return format_html_join("", "{}", ((piece,) for piece in pieces))


@register.simple_tag
def log_block(lines: Iterable[Any], seq: int = 0, note: str = "", *, is_part: bool = False) -> SafeString:
    """Show a block of at most about a hundred log lines, each with `number`, `stream` and `text`.

    `seq` is the number of the event that the block begins with, by which older lines are asked for; `is_part` says
    that the event has lines in other blocks too. A note stands over the lines. By how many twenties of lines there
    are, the page guesses how tall a block is that it has not laid out yet.
    """
    rows = [(_of(line, "stream"), _of(line, "number"), ansi.to_html(_of(line, "text"))) for line in lines]
    return format_html(
        '<div class="cb-log-block" data-seq="{}" data-twenties="{}"{}>{}{}</div>',
        seq,
        len(rows) // 20,
        " data-part" if is_part else "",
        format_html('<p class="cb-log-note">{}</p>', note) if note else "",
        format_html_join("", '<div class="cb-log-line" data-stream="{}" data-number="{}">{}</div>', rows),
    )


@register.inclusion_tag("components/attention.html")
def attention(items: Sequence[options.Attention]) -> dict[str, object]:
    """Show what waits for a person or broke, each with its one act."""
    rows = []
    for item in items:
        look = status.look(item.status)
        rows.append({"item": item, "tone": look.tone, "icon": item.icon or look.icon})
    return {"rows": rows}


@register.inclusion_tag("components/pager.html")
def pager(words: str, newer: str = "", older: str = "", fresh: str = "", fresh_url: str = "") -> dict[str, object]:
    """Say which rows these are and lead to the others; `fresh` says what is new since the page was opened."""
    return {"words": words, "newer": newer, "older": older, "fresh": fresh, "fresh_url": fresh_url}


@register.inclusion_tag("components/section_head.html")
def section_head(
    title: str, count: object = None, note: str = "", url: str = "", link: str = "", *, bare: bool = False
) -> dict[str, object]:
    """Head a section; `bare` over a table, whose head draws the line."""
    return {"title": title, "count": count, "note": note, "url": url, "link": link, "bare": bare}


@register.simple_tag
def crumb(words: str, url: str = "") -> SafeString:
    """One step of the way to this page; the page itself has no URL."""
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, words)
    return format_html('<li><span aria-current="page">{}</span></li>', words)


@register.inclusion_tag("components/stepper.html")
def stepper(*names: str, current: int = 1) -> dict[str, object]:
    """Show where one stands in a short task; `current` counts from 1."""
    return {
        "steps": [
            {"name": name, "number": number, "is_done": number < current, "is_current": number == current}
            for number, name in enumerate(names, 1)
        ]
    }


@register.simple_tag
def sort_head(label: str, url: str, direction: str = "", *, is_number: bool = False) -> SafeString:
    """Head a column that sorts; the direction is `ascending`, `descending` or empty."""
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction)
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}{}</a></th>',
        format_html(' class="{}"', "cb-num") if is_number else "",
        format_html(' aria-sort="{}"', direction) if direction else "",
        url,
        label,
        icon(arrow, 13) if arrow else "",
    )


@register.inclusion_tag("components/skeleton.html")
def skeleton(rows: int = 5) -> dict[str, object]:
    """Hold the place of rows that are on their way."""
    return {"rows": range(rows)}


def _of(line: Any, name: str) -> Any:
    return line[name] if isinstance(line, Mapping) else getattr(line, name)
