"""Components that stand around markup of the page: `{% note "warning" %}…{% endnote %}`."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.forms import BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from console.display import icons, numbers, pictures, status
from console.display.options import SetUpStep
from console.templatetags.words import icon

register = template.Library()


@register.simple_block_tag
def note(content: SafeString, kind: str = "info") -> SafeString:
    """One or two sentences: `info`, `warning`, `error` or `ok`. The first words in `<strong>` say it all."""
    look = status.look(kind)
    tone = "info" if kind == "info" else f"tone cb-tone-{look.tone}"
    return format_html('<div class="cb-note cb-note-{}">{}<div>{}</div></div>', tone, icon(look.icon), content)


@register.simple_block_tag
def fact(content: SafeString, label: str) -> SafeString:
    """One pair of a facts strip, inside `<dl class="cb-facts">`."""
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, content)


@register.simple_block_tag
def menu(content: SafeString, label: str = "More", drawing: str = "dots", css: str = "btn btn-icon") -> SafeString:
    """A button that opens a list of `cb-menu-item`s."""
    return format_html(
        '<details class="cb-menu" data-menu><summary class="{}" aria-label="{}">{}</summary>'
        '<div class="cb-menu-items">{}</div></details>',
        css,
        label,
        icon(drawing),
        content,
    )


@register.simple_block_tag
def field_frame(
    content: SafeString, label: str, name: str = "", hint: str = "", problem: str = "", *, optional: bool = False
) -> SafeString:
    """Label, hint and problem around a control that is no field of a Django form; `name` is the control's id."""
    return _rendered(
        "components/field_frame.html",
        {"control": content, "label": label, "id": name, "hint": hint, "problem": problem, "is_optional": optional},
    )


@register.simple_block_tag
def form_part(content: SafeString, title: str, words: str = "") -> SafeString:
    """One section of a long form: title and sentence on the left, its fields on the right."""
    return _rendered("components/form_part.html", {"content": content, "title": title, "words": words})


@register.simple_block_tag(takes_context=True)
def confirm(
    context: Context, content: SafeString, name: str, title: str, verb: str, action: str, *, danger: bool = True
) -> SafeString:
    """Ask one question before a POST to `action`; a button with `data-dialog="name"` opens it."""
    return _rendered(
        "components/confirm.html",
        {
            "content": content,
            "id": name,
            "title": title,
            "verb": verb,
            "action": action,
            "danger": danger,
            "csrf_token": context.get("csrf_token"),
        },
    )


@register.simple_block_tag
def dialog(content: SafeString, name: str, title: str, *, wide: bool = False) -> SafeString:
    """A dialog with any content; a button with `data-dialog="name"` opens it."""
    return _rendered("components/dialog.html", {"content": content, "id": name, "title": title, "wide": wide})


@register.simple_block_tag
def empty_state(
    content: SafeString, title: str, text: str = "", steps: Sequence[SetUpStep] = (), *, ghosts: bool = True
) -> SafeString:
    """A place with nothing in it yet: the fact, what the place is, and how to fill it. The content is its actions."""
    return _rendered(
        "components/empty_state.html",
        {"content": content.strip() and content, "title": title, "text": text, "steps": steps, "ghosts": ghosts},
    )


@register.simple_block_tag
def panel(content: SafeString, title: str = "", aside: str = "") -> SafeString:
    """A panel: only for what is one object, and never inside another."""
    return _rendered("components/panel.html", {"content": content, "title": title, "aside": aside})


@register.simple_block_tag
def trajectory_step(  # noqa: PLR0913  # a template names each
    content: SafeString,
    kind: str,
    what: str,
    note: str = "",
    start: float = 0,
    duration: float | None = None,
    total: float = 0,
    *,
    failed: bool = False,
    opened: bool = False,
    prose: bool = False,
    lead: str = "",
) -> SafeString:
    """One row of a trajectory that opens on its details.

    The kind is a `StepKind` in any case, `what` is mono unless it is prose, with `lead` before and `note` behind it;
    times are in milliseconds.
    """
    return _rendered(
        "components/trajectory_step.html",
        {
            "content": content,
            "kind": kind.lower(),
            "word": icons.step_word(kind),
            "icon": icons.STEP_ICONS[kind.lower()],
            "what": what,
            "note": note,
            "bar": pictures.waterfall(start, duration, total) if total else None,
            "duration": duration,
            "failed": failed,
            "opened": opened,
            "prose": prose,
            "lead": lead,
        },
    )


@register.simple_block_tag
def code_editor(
    content: SafeString, bound: BoundField, mode: str = "text", filename: str = "", limit: int = 0
) -> SafeString:
    """A field of a Django form for code, which works without a script; the content is its foot.

    The mode is `python`, `json` or `text`, the limit is in bytes. The foot says what was checked.
    """
    return _editor(
        foot=content,
        mode=mode,
        filename=filename,
        limit=limit,
        label=bound.label,
        id=bound.auto_id,
        name=bound.html_name,
        value=bound.value() or "",
        problem=bound.errors[0] if bound.errors else "",
    )


@register.simple_block_tag
def code_editor_named(
    content: SafeString,
    name: str,
    label: str,
    value: str = "",
    mode: str = "text",
    filename: str = "",
    limit: int = 0,
    problem: str = "",
) -> SafeString:
    """The same for a field outside any Django form, such as one of many files. Its id is `id_` and the name."""
    return _editor(
        foot=content,
        mode=mode,
        filename=filename,
        limit=limit,
        label=label,
        id=f"id_{name}",
        name=name,
        value=value,
        problem=problem,
    )


def _editor(*, value: str, **given: Any) -> SafeString:
    size = numbers.byte_size(len(value.encode()))
    return _rendered("components/code_editor.html", {"value": value, "size": size, **given})


def _rendered(name: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(render_to_string(name, context))  # noqa: S308  # a template of ours, which escapes
