"""What the kinds of the nodes dialect share: settings with a shape, an input, and an output that fits the state."""

import uuid
from typing import Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from console.errors import Problem
from orchestration.expressions import check, evaluate, is_path, read_keys, read_path
from orchestration.fold import step_input
from orchestration.graph import JsonObject, Node
from orchestration.schemas import value_problems

#: Where the dialect leaves in a node's settings what the graph has no place for: inputs that are rules or literals, by
#: their names, and the schemas of the places of the state that its outputs are written to, by the output's path.
INPUT_RULES = "input_rules"
STATE_SCHEMAS = "state_schemas"
#: The one key of an object that is passed on as it is, whatever it looks like.
PRESERVE = "preserve"


class Settings(BaseModel):
    """The settings of a kind, in snake_case or camelCase. What else stands there is another's."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


Some = TypeVar("Some", bound=Settings)


class DoesNotFit(ValueError):
    """A step's output does not fit the schema of the state that it is written to."""


class ConfiguredStep:
    """A kind with a shape for its settings."""

    settings: ClassVar[type[Settings]]

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return self.own_problems(node) or self.references(node, organization_id)

    def own_problems(self, node: Node) -> list[Problem]:
        """Return what is wrong with the node by itself, whatever else there is."""
        try:
            self.settings.model_validate(node.config)
        except ValidationError as error:
            return [_problem(item) for item in error.errors(include_url=False)]
        return []

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # most name nothing
        """Return what the settings name and is not there."""
        return []


def as_configured(kind: object) -> ConfiguredStep | None:
    """Return a kind as one with a shape for its settings, if it has one."""
    return kind if isinstance(kind, ConfiguredStep) else None


def settings_of(shape: type[Some], node: Node) -> Some:
    """Return the settings of a node, whose shape was checked before the run began."""
    return shape.model_validate(node.config)


def rule_problems(node: Node, name: str) -> list[Problem]:
    return [Problem(message, name) for message in check(node.config.get(name))]


def input_rules(node: Node) -> JsonObject:
    """Return the inputs that are rules or literals, by their names."""
    rules = node.config.get(INPUT_RULES)
    return rules if isinstance(rules, dict) else {}


def is_mapped(node: Node, name: str) -> bool:
    return name in node.input_mapping or name in input_rules(node)


def mapped_input(node: Node, state: JsonObject) -> JsonObject:
    """Return what a node's input mapping picks out of the state or says; empty where there is none."""
    picked = step_input(node, state) if node.input_mapping else {}
    return {**picked, **{key: resolve(rule, state) for key, rule in input_rules(node).items()}}


def rule_data(node: Node, state: JsonObject) -> JsonObject:
    """Return what a node's rule is evaluated over: the whole state, and what the input mapping adds to it."""
    given = mapped_input(node, state)
    return {**state, **given} if given else state


def resolve(value: JsonValue, state: JsonObject) -> JsonValue:
    """Return a value of an input mapping: a path is read, a rule evaluated, anything else stands for itself."""
    match value:
        case str() if is_path(value):
            return read_path(value, state)
        case dict() if list(value) == [PRESERVE]:
            return value[PRESERVE]
        case dict() if len(value) == 1:
            return evaluate(value, state)
        case dict():
            return {key: resolve(inner, state) for key, inner in value.items()}
        case list():
            return [resolve(inner, state) for inner in value]
        case _:
            return value


def ensure_fits(node: Node, output: JsonValue) -> None:
    """Raise DoesNotFit, naming the place, for an output that does not fit the state it is written to."""
    schemas = node.config.get(STATE_SCHEMAS)
    for path, schema in schemas.items() if isinstance(schemas, dict) else ():
        value = output if path == "$" else read_keys(tuple(path.removeprefix("$.").split(".")), output)
        found = value_problems(cast("JsonObject", schema), value, *node.output_mapping[path].split("."))
        if found:
            raise DoesNotFit(f"{found[0].dotted_path}: {found[0].message}")


_SENTENCES = {
    "missing": "This is required.",
    "string_type": "Write a text.",
    "string_too_short": "This is required.",
    "dict_type": "Write a JSON object.",
    "list_type": "Write a JSON array.",
    "bool_type": "Use true or false.",
}


def _problem(item: Any) -> Problem:
    sentence = _SENTENCES.get(item["type"]) or f"{str(item['msg']).removeprefix('Value error, ').rstrip('.')}."
    return Problem(sentence, *item["loc"])
