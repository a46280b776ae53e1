from typing import ClassVar

from pydantic import JsonValue

from console.errors import Problem
from orchestration.expressions import evaluate, label
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Route
from orchestration.steps.configured import (
    ConfiguredStep,
    Settings,
    ensure_fits,
    rule_data,
    rule_problems,
    settings_of,
)


class ConditionSettings(Settings):
    expression: JsonValue


class ConditionStep(ConfiguredStep):
    """Chooses a way: the value of a JSON Logic rule over the whole state is the label of the edges that are taken."""

    is_pure = True
    settings: ClassVar[type[Settings]] = ConditionSettings

    def evaluate(self, node: Node, state: JsonObject) -> Route:
        rule = settings_of(ConditionSettings, node).expression
        chosen = label(evaluate(rule, rule_data(node, state)))
        output: JsonObject = {"label": chosen}
        ensure_fits(node, output)
        return Route(chosen, output)

    def own_problems(self, node: Node) -> list[Problem]:
        return super().own_problems(node) or rule_problems(node, "expression")
