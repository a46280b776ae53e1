"""Fills the `{{name}}` placeholders of a tool's URL and body from the call's input. Pure.

A value never becomes structure: in a URL it is percent-encoded, in a body it is put into the parsed JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from pydantic import JsonValue

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


class TemplateError(Exception):
    """A template can't be filled, or is none; the sentence says which placeholder or why."""


def url_template_problem(template: str) -> str:
    """Return why a URL template can't be used, as far as its placeholders go, or nothing."""
    if problem := _braces_problem(template):
        return problem
    try:
        place = urlsplit(_PLACEHOLDER.sub("x", template))
        whole = urlsplit(template)
    except ValueError:
        return "Put placeholders behind the host: which host is called must not depend on the input."
    # Whoever gives the input would choose who gets the credential.
    if (place.scheme, place.netloc) != (whole.scheme, whole.netloc):
        return "Put placeholders behind the host: which host is called must not depend on the input."
    return "Write the path without parts that are . or .." if _has_dots(template) else ""


def body_template_problem(template: str) -> str:
    """Return why a body template can't be used, or nothing. A blank one sends the whole input."""
    if not template.strip():
        return ""
    try:
        value = json.loads(template)
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg} at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "it is too deep"
        return f'Write the body as JSON, with each placeholder inside quotes, such as "{{{{name}}}}": {reason}.'
    return next(filter(None, map(_braces_problem, _texts(value))), "")


def names_in(*templates: str) -> set[str]:
    """Return the first names of all placeholders: the properties of the input that they read."""
    return {name.partition(".")[0] for template in templates for name in _PLACEHOLDER.findall(template)}


def filled_url(template: str, values: Mapping[str, JsonValue]) -> str:
    """Return the URL with every value percent-encoded; raise TemplateError."""
    url = _PLACEHOLDER.sub(lambda match: quote(_as_text(_value(values, match[1])), safe=""), template)
    # The encoding leaves dots alone, and they are taken for a way up wherever paths are read.
    if _has_dots(url):
        raise TemplateError("Filled in, the path has a part that is . or .., which leads elsewhere.")
    return url


def filled_body(template: str, values: Mapping[str, JsonValue]) -> JsonValue:
    """Return the body, or the whole input for a blank template; raise TemplateError.

    A text that is nothing but one placeholder becomes the value itself, with its type.
    """
    return _filled(json.loads(template), values) if template.strip() else dict(values)


def _has_dots(url: str) -> bool:
    return not {".", ".."}.isdisjoint(urlsplit(url).path.split("/"))


def _filled(part: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
    if isinstance(part, str):
        whole = _PLACEHOLDER.fullmatch(part)
        if whole:
            return _value(values, whole[1])
        return _PLACEHOLDER.sub(lambda match: _as_text(_value(values, match[1])), part)
    if isinstance(part, dict):
        return {key: _filled(item, values) for key, item in part.items()}
    return [_filled(item, values) for item in part] if isinstance(part, list) else part


def _value(values: Mapping[str, JsonValue], name: str) -> JsonValue:
    found: JsonValue = dict(values)
    for part in name.split("."):
        if isinstance(found, dict) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            raise TemplateError(f"The input has no {name}, which a placeholder names.")
    return found


def _as_text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _braces_problem(text: str) -> str:
    if _BRACES.search(_PLACEHOLDER.sub("", text)):
        return "Write a placeholder as {{name}} or {{name.part}}, of letters, digits, dashes and underscores."
    return ""


def _texts(value: JsonValue) -> Iterator[str]:
    """Yield every text of a JSON value that may hold placeholders: keys may not."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
