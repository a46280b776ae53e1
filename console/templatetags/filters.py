"""Filters: one value in, its text out."""

from uuid import UUID

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.display import ansi, numbers, text
from console.ids import to_public
from orchestration.models import Run

register = template.Library()

register.filter("duration", numbers.duration)
register.filter("cost", numbers.cost)
register.filter("thousands", numbers.count)
register.filter("percent", numbers.percent)
register.filter("byte_size", numbers.byte_size)
register.filter("plural", numbers.plural)
register.filter("middle_cut", text.middle_cut)


@register.filter
def run_id(key: UUID) -> str:
    """Write the public id of a pipeline run, of which an agent run keeps the key alone."""
    return to_public(Run.ID_PREFIX, key)


@register.filter("ansi")
def ansi_html(value: object) -> SafeString:
    """Show terminal output: colours kept, commands dropped, everything escaped."""
    return ansi.to_html(str(value))


@register.filter
def visible(value: object) -> SafeString:
    """Show text from outside: escaped, with characters one would not see made visible."""
    return text.visible(str(value))


@register.filter
def or_dash(value: object) -> object:
    """Show a dash in place of nothing. Zero is something."""
    return format_html('<span class="cb-second">{}</span>', numbers.NOTHING) if value in {None, ""} else value
