"""What /api/openapi.json tells a reader."""

import json
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from ninja import Schema

from console.api import root

DESCRIPTION = json.loads(json.dumps(root.api.get_openapi_schema(), default=str))
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


OPERATIONS = [
    (f"{verb} {path}", operation) for path, operations in DESCRIPTION["paths"].items()
    for verb, operation in operations.items()
]  # fmt: skip
SHAPES = DESCRIPTION["components"]["schemas"]
ANYWHERE = {"401", "403", "404", "409", "422", "503"}


def problem(value: Any, name: str) -> str | None:
    """Return why a value does not fit a named shape, or None where it does."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]}
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    return error and error.message


def test_every_operation_says_how_it_may_refuse():
    for name, operation in OPERATIONS:
        assert operation["responses"].keys() >= ANYWHERE, name
        assert ("413" in operation["responses"]) is ("requestBody" in operation), name


@pytest.mark.parametrize("status", DESCRIPTION["components"]["responses"])
def test_each_refusal_has_an_example_of_its_own_shape(status):
    content = DESCRIPTION["components"]["responses"][status]["content"]["application/json"]
    assert problem(content["example"], content["schema"]["$ref"].rsplit("/", 1)[-1]) is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/agents/agt_0", None, 404),
        ("POST", "/api/agents", {"name": "x", "run_timeout_s": True}, 422),
        ("POST", "/api/agents", {"name": "x", "source": {"kind": "paste", "code": ""}}, 422),
        ("GET", "/api/agent-runs?status=asleep", None, 422),
    ],
)
def test_what_is_refused_is_told_as_it_is_described(api, method, path, body, status):
    answer = api(method, path, body)
    assert (answer.status_code, problem(answer.json(), "ErrorBody")) == (status, None)


def test_without_a_token_the_refusal_is_as_it_is_described():
    assert problem(Client().get("/api/me").json(), "ErrorBody") is None


def test_examples_fit_the_shapes_that_carry_them():
    wrong = {name: problem(shape["example"], name) for name, shape in SHAPES.items() if "example" in shape}
    assert {name: why for name, why in wrong.items() if why} == {}


def test_no_two_shapes_go_by_the_same_name():
    """The later would stand for both in the description."""
    seen: dict[str, set[type]] = {}
    waiting = [Schema]
    while waiting:
        for shape in waiting.pop().__subclasses__():
            waiting.append(shape)
            if shape.__module__.startswith("console.api"):
                seen.setdefault(shape.__name__.partition("[")[0], set()).add(origin_of(shape))
    assert {name: found for name, found in seen.items() if name in SHAPES and len(found) > 1} == {}


def origin_of(shape: type) -> type:
    """Return the generic shape that another was made of, or the shape itself."""
    return shape.__pydantic_generic_metadata__["origin"] or shape
