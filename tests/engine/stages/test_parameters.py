import pytest

from agents.schemas import value_problems
from orchestration.dialects.stages.parameters import filled, input_schema
from orchestration.dialects.stages.shapes import ParameterShape


def parameter(**fields) -> ParameterShape:
    return ParameterShape.model_validate({"key": "it", **fields})


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", "text", 3),
        ("number", 3.5, "3.5"),
        ("number", 3, True),
        ("boolean", False, "false"),
        ("date", "2026-01-31", "31.1.2026"),
        ("select", "a", "c"),
    ],
)
def test_a_value_must_fit_its_type(kind, good, bad):
    declared = [parameter(inputType=kind, options=["a", "b"])]
    assert filled(declared, {"it": good}) == ({"it": good}, [])
    assert [problem.dotted_path for problem in filled(declared, {"it": bad})[1]] == ["params.it"]


def test_what_is_not_given_has_its_default():
    assert filled([parameter(default="x"), parameter(key="other")], {}) == ({"it": "x", "other": None}, [])


def test_a_run_does_not_start_without_what_is_required():
    _, problems = filled([parameter(requirement="required")], {"it": ""})
    assert [problem.dotted_path for problem in problems] == ["params.it"]


def test_an_unknown_parameter_is_named_with_those_there_are():
    _, problems = filled([parameter()], {"that": 1})
    assert "'that'" in problems[0].message
    assert "it" in problems[0].message


def test_the_schema_of_the_input_takes_what_a_run_starts_with():
    declared = [parameter(inputType="select", options=["a"]), parameter(key="n", inputType="number", default=2)]
    values, _ = filled(declared, {})
    assert value_problems(input_schema(declared), {"description": "x", "params": values}) == []
    assert value_problems(input_schema(declared), {"description": "x", "params": {"it": "z"}}) != []
