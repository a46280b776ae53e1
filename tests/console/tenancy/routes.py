"""Every way into Callboard, read from what routes requests: URLs, the OpenAPI schema, and the sockets."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from console.api.root import api
from console.live.sockets import routes as socket_routes
from tests.console.tenancy.world import NOBODYS, PARAMETERS, World

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_READING = frozenset({"get", "head", "options"})
#: What only asks, although its question is too long for a URL.
_ASKING = frozenset({"/api/knowledge/search"})


class Route(NamedTuple):
    """A page: its pattern as it stands in `urls.py`, and its name."""

    pattern: str
    name: str


class Operation(NamedTuple):
    """One method of one path of the API. `example` is a body that it takes as far as its shape goes."""

    method: str
    path: str
    example: Any
    takes_file: bool
    queries: tuple[str, ...]

    @property
    def is_reading(self) -> bool:
        return self.method in _READING or self.path in _ASKING

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def pages() -> list[Route]:
    """Return every URL that is neither the API's nor the admin's."""
    return [route for route in _walk(get_resolver().url_patterns, "/") if not _is_apart(route.pattern)]


def admin_pages() -> list[Route]:
    return [route for route in _walk(get_resolver().url_patterns, "/") if route.pattern.startswith("/admin/")]


def operations() -> list[Operation]:
    schema = api.get_openapi_schema()
    shapes = schema.get("components", {}).get("schemas", {})
    return [
        Operation(
            method=method,
            path=path,
            example=_example(operation, shapes),
            takes_file="multipart/form-data" in _content(operation),
            queries=tuple(item["name"] for item in operation.get("parameters", ()) if item["in"] == "query"),
        )
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def sockets() -> list[str]:
    """Return the addresses of sockets, without the one that stands for all that have none."""
    return [f"/{route.pattern}" for route in socket_routes if str(route.pattern)]


def parameters(pattern: str) -> list[str]:
    return _PARAMETER.findall(pattern.replace("{", "<").replace("}", ">"))


def unknown_parameters(pattern: str) -> list[str]:
    """Return the parameters of a pattern that the matrix can't make a value for."""
    return [name for name in parameters(pattern) if name not in PARAMETERS and name not in NOBODYS]


def is_of_somebody(pattern: str) -> bool:
    """Whether a path names a thing of an organization."""
    return any(name in PARAMETERS for name in parameters(pattern))


def addresses(pattern: str, world: World) -> Iterator[str]:
    """Yield the pattern filled in with the world's things, in every combination there is."""
    names = parameters(pattern)
    values = [PARAMETERS[name](world) if name in PARAMETERS else [NOBODYS[name]] for name in names]
    for chosen in itertools.product(*values):
        yield filled(pattern, dict(zip(names, chosen, strict=True)))


def filled(pattern: str, values: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda found: values[found[1]], pattern.replace("{", "<").replace("}", ">"))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for item in patterns:
        if isinstance(item, URLResolver):
            yield from _walk(item.url_patterns, prefix + str(item.pattern))
        else:
            yield Route(_plain(prefix + str(item.pattern)), item.name or "")


def _plain(pattern: str) -> str:
    """Return a pattern with its regular expressions, if any, as the parameters that they are."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).replace("^", "").replace("$", "")


def _is_apart(pattern: str) -> bool:
    return pattern.startswith(("/admin/", "/api/"))


def _content(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    content: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
    return content


def _example(operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:
    """Return the example that the schema of the body carries, else the least that its shape takes."""
    shape = _content(operation).get("application/json", {}).get("schema")
    return None if shape is None else _least(shape, shapes)


def _least(shape: Mapping[str, Any], shapes: Mapping[str, Any]) -> Any:
    if "$ref" in shape:
        return _least(shapes[shape["$ref"].rpartition("/")[2]], shapes)
    if "example" in shape:
        return shape["example"]
    for several in ("anyOf", "allOf", "oneOf"):
        if several in shape:
            return _least(shape[several][0], shapes)
    if shape.get("type") == "object":
        return {name: _least(shape["properties"][name], shapes) for name in shape.get("required", ())}
    return {"string": "text", "array": [], "integer": 1, "number": 1, "boolean": True}.get(shape.get("type", ""))
