"""Fields and choices: form fields, tiles, segments, tabs, chips, facets."""

from collections.abc import Sequence

from django import forms, template
from django.forms import BoundField

from console.display.options import Option

register = template.Library()


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    hint: str = "",
    unit: str = "",
    placeholder: str = "",
    rows: int = 0,
    *,
    mono: bool = False,
    switch: bool = False,
) -> dict[str, object]:
    """Show a field of a Django form with its label, hint and problem; what was typed is kept."""
    widget = bound.field.widget
    kind = _kind(widget)
    identity = bound.id_for_label or bound.auto_id
    hint = hint or str(bound.help_text)
    described = [f"{identity}_hint"] * bool(hint) + [f"{identity}_problem"] * bool(bound.errors)
    attributes: dict[str, str | bool] = {
        "class": _css(kind, mono=mono, switch=switch),
        **({"aria-describedby": " ".join(described)} if described else {}),
        **({"aria-invalid": "true"} if bound.errors else {}),
        **({"placeholder": placeholder} if placeholder else {}),
        **({"rows": str(rows)} if rows else {}),
    }
    return {
        "bound": bound,
        "kind": kind,
        "id": identity,
        "control": bound.as_widget(attrs=attributes) if kind != "choices" else "",
        "hint": hint,
        "unit": unit,
        "is_optional": not bound.field.required and kind not in {"check", "choices"},
    }


@register.inclusion_tag("components/form_problems.html")
def form_problems(form: forms.BaseForm) -> dict[str, object]:
    """Say in a form's foot how many problems it has, each a link to its field."""
    problems = [
        {"label": bound.label, "url": f"#{bound.id_for_label or bound.auto_id}", "message": bound.errors[0]}
        for bound in form
        if bound.errors
    ]
    return {"problems": problems, "others": form.non_field_errors()}


@register.inclusion_tag("components/tiles.html")
def tiles(
    options: Sequence[Option],
    name: str,
    label: str,
    value: str | None = None,
    problem: str = "",
    *,
    small: bool = False,
    hide_label: bool = False,
) -> dict[str, object]:
    """Show choices with consequences as tiles, each a radio."""
    return {
        "options": options,
        "name": name,
        "label": label,
        "value": _current(options, value),
        "problem": problem,
        "small": small,
        "hide_label": hide_label,
    }


@register.inclusion_tag("components/segments.html")
def segments(
    options: Sequence[Option], label: str, name: str = "", value: str | None = None, *, wide: bool = False
) -> dict[str, object]:
    """Show two to five views of the same thing: radios where there is a name, else links."""
    return {"options": options, "label": label, "name": name, "value": _current(options, value), "wide": wide}


@register.inclusion_tag("components/tabs.html")
def tabs(options: Sequence[Option], label: str = "Parts of this page", *, page: bool = False) -> dict[str, object]:
    """Show the parts of a page as links; `page` lets the line run from edge to edge."""
    return {"options": options, "label": label, "page": page}


@register.inclusion_tag("components/chip.html")
def chip(words: str, value: str = "", remove_url: str = "") -> dict[str, object]:
    """Show a filter that is on, with the link that takes it off."""
    return {"words": words, "value": value, "remove_url": remove_url}


@register.inclusion_tag("components/facet.html")
def facet(title: str, name: str, options: Sequence[Option]) -> dict[str, object]:
    """Show one filter's values with their counts, as checkboxes inside a form."""
    most = max((option.count or 0 for option in options), default=0) or 1
    return {
        "title": title,
        "name": name,
        "rows": [(option, round(100 * (option.count or 0) / most, 1)) for option in options],
    }


def _current(options: Sequence[Option], value: str | None) -> str:
    return value if value is not None else next((option.value for option in options if option.is_current), "")


def _kind(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.Select):
        return "select"
    return "input"


def _css(kind: str, *, mono: bool, switch: bool) -> str:
    if kind == "check":
        return "form-check-input cb-switch" if switch else "form-check-input"
    base = "form-select" if kind == "select" else "form-control"
    return f"{base} cb-mono" if mono else base
