"""What /api/openapi.json tells a reader."""

import json
from typing import Any

import pytest

from console.api.root import api

DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema(), default=str))
BODIES = [
    (f"{verb} {path}", operation["requestBody"]["content"]["application/json"]["schema"])
    for path, operations in DESCRIPTION["paths"].items()
    for verb, operation in operations.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]


def shapes(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the named shapes that a body may have."""
    named = [schema, *schema.get("anyOf", [])]
    names = [part["$ref"].rsplit("/", 1)[-1] for part in named if "$ref" in part]
    return [DESCRIPTION["components"]["schemas"][name] for name in names]


@pytest.mark.parametrize(("operation", "schema"), BODIES, ids=[operation for operation, _ in BODIES])
def test_every_body_has_an_example(operation, schema):
    assert any("example" in shape for shape in shapes(schema)), operation


def test_some_operations_take_a_body():
    assert len(BODIES) > 8
