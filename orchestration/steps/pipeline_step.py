"""What the kinds of the steps dialect with effects share: placeholders, input keys, and outputs that fit a schema."""

import json
import uuid
from collections.abc import Iterable
from typing import cast

from pydantic import JsonValue

from agents.errors import WorkFailed
from console.errors import Problem
from orchestration import templates
from orchestration.graph import JsonObject, Node
from orchestration.schemas import value_problems
from orchestration.shell.script import ShellError
from orchestration.steps.base import Answer, Failed, Ok, StepContext, StepError
from orchestration.templates import TemplateError, UnknownPlaceholder


class PipelineStep:
    """A kind that does something in the world. It says in `work` what; an Ok of it must fit the output schema."""

    is_pure = False
    queue = "control"

    def agent_id(self, node: Node) -> uuid.UUID | None:  # noqa: ARG002  # most have no agent
        return None

    def perform(self, context: StepContext) -> Answer:
        try:
            ensure_input(context.node, context.input)
            answer = self.work(context)
            return Ok(fitting(context.node, answer.output)) if isinstance(answer, Ok) else answer
        except WorkFailed as failure:
            return failed(failure)
        except (TemplateError, ShellError) as error:
            return failed_by(error)

    def work(self, context: StepContext) -> Answer:
        """Do it. Raise WorkFailed where it can't be done."""
        raise NotImplementedError


def failed(failure: WorkFailed) -> Failed:
    return Failed(StepError(failure.code, failure.message, failure.details), is_retryable=failure.is_retryable)


def failed_by(error: TemplateError | ShellError) -> Failed:
    """Return how a step fails whose texts can't be filled in: it would not be better at the next try."""
    if isinstance(error, UnknownPlaceholder):
        return Failed(
            StepError("placeholder_unknown", str(error), {"placeholder": error.name}), is_retryable=False
        )  # fmt: skip
    code = "script_unsafe" if isinstance(error, ShellError) else "placeholder_invalid"
    return Failed(StepError(code, str(error)), is_retryable=False)


def ensure_input(node: Node, state: JsonObject) -> None:
    """Raise UnknownPlaceholder where an input key of the step stands for nothing."""
    for key in input_keys(node):
        templates.value_of(key, state)


def input_keys(node: Node) -> tuple[str, ...]:
    keys = node.config.get("inputKey")
    return tuple(map(str, keys)) if isinstance(keys, list) else ()


def inputs_of(node: Node, state: JsonObject) -> JsonObject:
    """Return what stands under the step's input keys, by key."""
    return {key: templates.value_of(key, state) for key in input_keys(node)}


def text_setting(node: Node, name: str) -> str:
    value = node.config.get(name)
    return value if isinstance(value, str) else ""


def required(node: Node, name: str, sentence: str) -> Iterable[Problem]:
    """Yield what keeps a text of the step from being used: that it is missing, or that a placeholder is none."""
    text = text_setting(node, name)
    if not text.strip():
        yield Problem(sentence, name)
    elif problem := templates.problem(text):
        yield Problem(problem, name)


def schema_of(node: Node) -> JsonObject | None:
    schema = node.config.get("outputSchema")
    return schema if isinstance(schema, dict) else None


def fitting(node: Node, output: JsonValue) -> JsonValue:
    """Return an output as its schema asks for it: a text is read as JSON where the schema is of something else.

    Raise WorkFailed, which may be tried again, for one that does not fit.
    """
    schema = schema_of(node)
    if schema is None:
        return output
    value = _read(output) if isinstance(output, str) and schema.get("type") != "string" else output
    problems = value_problems(schema, value)
    if problems:
        where = f"{problems[0].dotted_path}: " if problems[0].path else ""
        raise WorkFailed(
            "output_mismatch", f"The output does not fit the output schema. {where}{problems[0].message}",
            is_retryable=True, details={"problems": [f"{item.dotted_path}: {item.message}" for item in problems]},
        )  # fmt: skip
    return value


def fits(node: Node, output: JsonValue) -> bool:
    try:
        fitting(node, output)
    except WorkFailed:
        return False
    return True


def _read(text: str) -> JsonValue:
    """Return the JSON that a text is, in a fence or not; the text itself where it is none."""
    lines = text.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].startswith("```"):
        lines = lines[1:-1]
    try:
        return cast("JsonValue", json.loads("\n".join(lines)))
    except (ValueError, RecursionError):
        return text
