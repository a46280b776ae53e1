"""Small things inside a line: icons, statuses, tags, ids, times."""

from datetime import datetime
from typing import Protocol

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.display import icons, numbers, status, text, times

register = template.Library()

_ROW = 15
_BADGE = 14


class Graded(Protocol):
    """An agent run, as far as its state goes."""

    status: str
    verdict: str


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "", css: str = "") -> SafeString:
    """Draw an icon of the sprite. It is silent for screen readers unless it has a label."""
    if name not in icons.names():
        raise ValueError(f"There is no icon {name!r} in the sprite; add it to static/vendor/vendor.json")
    return format_html(
        '<svg class="cb-icon{}{}" width="{}" height="{}" {}><use href="{}#{}"></use></svg>',
        " " if css else "",
        css,
        size,
        size,
        format_html('role="img" aria-label="{}"', label) if label else format_html('aria-hidden="{}"', "true"),
        static("icons.svg"),
        name,
    )


@register.simple_tag
def status_inline(name: str, word: str = "") -> SafeString:
    """Show a status in a table or list: icon and word."""
    return _inline(status.look(name, word))


@register.simple_tag
def status_badge(name: str, word: str = "") -> SafeString:
    """Show a status in the head of a page or panel, once a page."""
    return _badge(status.look(name, word))


@register.simple_tag
def status_icon(name: str, word: str = "") -> SafeString:
    """Show the icon alone, in a matrix or a list of criteria; its word stays for screen readers."""
    look = status.look(name, word)
    return format_html(
        '<span class="cb-status cb-tone-{}">{}<span class="cb-hidden-text">{}</span></span>',
        look.tone,
        _icon(look, _ROW),
        look.word,
    )


@register.simple_tag
def run_status(run: Graded) -> SafeString:
    """Show the state of a run, where the verdict has a column of its own."""
    return _inline(status.of_run(run.status))


@register.simple_tag
def run_verdict(run: Graded) -> SafeString:
    """Show the verdict of a run, or a dash."""
    look = status.of_verdict(run.verdict)
    return _inline(look) if look else format_html('<span class="cb-second">{}</span>', numbers.NOTHING)


@register.simple_tag
def outcome(run: Graded) -> SafeString:
    """Show status and verdict of a run as one."""
    return _inline(status.of_outcome(run.status, run.verdict))


@register.simple_tag
def outcome_badge(run: Graded) -> SafeString:
    """Show status and verdict of a run as one, in the head of its page."""
    return _badge(status.of_outcome(run.status, run.verdict))


@register.simple_tag
def tag(word: str, *, outlined: bool = False) -> SafeString:
    """Show a kind, a version's state or a cause; outlined for an origin such as Judge or Program."""
    return format_html('<span class="cb-tag{}">{}</span>', " cb-tag-outlined" if outlined else "", word)


@register.simple_tag
def source_badge(name: str) -> SafeString:
    """Show where the answer of a tool came from."""
    tone, drawing = icons.SOURCES[name.lower()]
    return format_html('<span class="cb-source cb-tone-{}">{}{}</span>', tone, icon(drawing, _BADGE), name.capitalize())


@register.simple_tag
def copy_button(value: str, label: str = "Copy", word: str = "") -> SafeString:
    """Make a button that copies a text: an icon, or a word in the manner of a link."""
    return format_html(
        '<button type="button" class="{} cb-copy" data-copy="{}" aria-label="{}">{}</button>',
        "cb-link-button" if word else "cb-icon-button",
        value,
        label,
        word or icon("copy", _ROW),
    )


@register.simple_tag
def id_chip(value: str, label: str = "Copy id") -> SafeString:
    """Show a public id with its middle cut, the whole in its title, and a button that copies it."""
    return format_html(
        '<span class="cb-id"><code title="{}">{}</code>{}</span>',
        value,
        text.middle_cut(value),
        copy_button(value, label),
    )


@register.simple_tag
def time_ago(moment: datetime | None, *, short: bool = False) -> SafeString:
    """Show a moment as a person says it; the exact one is in its title. Short leaves out "ago", for columns."""
    if moment is None:
        return format_html('<span class="cb-second">{}</span>', numbers.NOTHING)
    return format_html(
        '<time datetime="{}" title="{}" data-ago="{}">{}</time>',
        moment.isoformat(timespec="milliseconds"),
        times.exact(moment),
        "short" if short else "long",
        times.ago(moment, timezone.now(), is_short=short),
    )


def _icon(look: status.Look, size: int) -> SafeString:
    return icon(look.icon, size, css="cb-turning" if look.icon == "loader-2" else "")


def _inline(look: status.Look) -> SafeString:
    return format_html('<span class="cb-status cb-tone-{}">{}{}</span>', look.tone, _icon(look, _ROW), look.word)


def _badge(look: status.Look) -> SafeString:
    return format_html('<span class="cb-badge cb-tone-{}">{}{}</span>', look.tone, _icon(look, _BADGE), look.word)
