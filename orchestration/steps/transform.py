from typing import ClassVar

from pydantic import JsonValue

from console.errors import Problem
from orchestration.expressions import evaluate
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Ok
from orchestration.steps.configured import (
    ConfiguredStep,
    Settings,
    ensure_fits,
    rule_data,
    rule_problems,
    settings_of,
)


class TransformSettings(Settings):
    """`result_key` names the value in an output that is an object; without it the output is the value."""

    expression: JsonValue
    result_key: str = ""


class TransformStep(ConfiguredStep):
    """Computes a value from the whole state, and what its input mapping adds to it, by a JSON Logic rule."""

    is_pure = True
    settings: ClassVar[type[Settings]] = TransformSettings

    def evaluate(self, node: Node, state: JsonObject) -> Ok:
        settings = settings_of(TransformSettings, node)
        value = evaluate(settings.expression, rule_data(node, state))
        output = {settings.result_key: value} if settings.result_key else value
        ensure_fits(node, output)
        return Ok(output)

    def own_problems(self, node: Node) -> list[Problem]:
        return super().own_problems(node) or rule_problems(node, "expression")
