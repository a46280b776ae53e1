"""Makes the least object that fits a JSON Schema, the same every time. Pure.

It knows the keywords that schemas of answers are written with. What comes of others may not fit: whoever asks checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from agents.schemas import value_problems

_DEEPEST = 12
#: What many patterns take, shortest first.
_LIKELY = ("a", "A", "0", "a1", "2026-01-01", "2026-01-01T00:00:00Z", "a@example.com", "https://example.com")


class NoInstance(Exception):
    """No object could be made; the sentence says for which part."""


@dataclass(frozen=True, slots=True)
class Filler:
    """What to fill in: `text` into strings, `verdict` into a boolean named `passed`."""

    text: str
    verdict: bool = True


def instance_of(schema: Mapping[str, Any], filler: Filler) -> JsonValue:
    """Return the least value of a schema: required properties alone, or all where none are; raise NoInstance."""
    return _Maker(schema, filler).value(schema, name="", depth=0)


@dataclass(frozen=True, slots=True)
class _Maker:
    root: Mapping[str, Any]
    filler: Filler

    def value(self, schema: Any, *, name: str, depth: int) -> JsonValue:
        if depth > _DEEPEST:
            raise NoInstance(f"{name or 'The schema'} goes deeper than {_DEEPEST} levels.")
        if not isinstance(schema, Mapping):
            return self.filler.text
        if "const" in schema:
            return schema["const"]  # type: ignore[no-any-return]
        if schema.get("enum"):
            return schema["enum"][0]  # type: ignore[no-any-return]
        inner = self._led_to(schema)
        if inner is not None:
            return self.value(inner, name=name, depth=depth + 1)
        return self._of_type(_type(schema), schema, name, depth)

    def _led_to(self, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what a schema says by another one: a reference, the first of several, all of several as one."""
        rest = {key: value for key, value in schema.items() if key not in {"$ref", "anyOf", "oneOf", "allOf"}}
        if "$ref" in schema:
            return {**self._referred(str(schema["$ref"])), **rest}
        for several in ("anyOf", "oneOf"):
            if schema.get(several):
                return _merged(rest, schema[several][0])
        if schema.get("allOf"):
            merged: Mapping[str, Any] = rest
            for part in schema["allOf"]:
                merged = _merged(merged, part)
            return merged
        return None

    def _referred(self, ref: str) -> Mapping[str, Any]:
        found: Any = self.root
        for part in ref.removeprefix("#").strip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) and part else found
        if not isinstance(found, Mapping):
            raise NoInstance(f"The schema refers to {ref}, which it does not hold.")
        return found

    def _of_type(self, kind: str, schema: Mapping[str, Any], name: str, depth: int) -> JsonValue:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "boolean":
                return self.filler.verdict if name == "passed" else True
            case "integer" | "number":
                return _number(schema, is_whole=kind == "integer")
            case "null":
                return None
            case _:
                return _text(schema, self.filler.text)

    def _object(self, schema: Mapping[str, Any], depth: int) -> JsonValue:
        properties = schema.get("properties") or {}
        required = schema.get("required") or list(properties)
        return {name: self.value(properties.get(name, {}), name=name, depth=depth + 1) for name in required}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> JsonValue:
        # A verdict that is not passed says what is wrong, where it may.
        wanted = max(int(schema.get("minItems", 0)), 0 if self.filler.verdict else 1)
        count = min(wanted, int(schema.get("maxItems", wanted)))
        items = [self.value(schema.get("items", {}), name=name, depth=depth + 1) for _ in range(count)]
        return [f"{item} {place}" for place, item in enumerate(items)] if schema.get("uniqueItems") else items


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return str(kind[0]) if kind else "string"
    if isinstance(kind, str):
        return kind
    return "object" if "properties" in schema or "required" in schema else "array" if "items" in schema else "string"


def _merged(first: Mapping[str, Any], second: Any) -> Mapping[str, Any]:
    if not isinstance(second, Mapping):
        return first
    merged = {**first, **second}
    if "properties" in first and "properties" in second:
        merged["properties"] = {**first["properties"], **second["properties"]}
    if "required" in first and "required" in second:
        merged["required"] = [*dict.fromkeys([*first["required"], *second["required"]])]
    return merged


def _number(schema: Mapping[str, Any], *, is_whole: bool) -> JsonValue:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None:
        return low  # type: ignore[no-any-return]
    if above is not None:
        top = high if high is not None else below
        return above + 1 if is_whole or top is None else (above + top) / 2  # type: ignore[no-any-return]
    if high is not None and high < 0:
        return high  # type: ignore[no-any-return]
    return below - 1 if below is not None and below <= 0 else 0


def _text(schema: Mapping[str, Any], text: str) -> str:
    if "pattern" in schema:
        return next((likely for likely in ("", *_LIKELY) if not value_problems(schema, likely)), text)
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    return text[:most].ljust(least, ".")
