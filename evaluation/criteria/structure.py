import json
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, JsonValue, model_validator

from evaluation.criteria.base import CriterionShape, Finding
from evaluation.criteria.schema import SchemaUndecided, SchemaUnusable, schema_error
from evaluation.evidence import NO_ANSWER, Evidence
from evaluation.seeding.axes import ExpectedOutcome
from evaluation.strict_json import NotJson, parse

_MOST_SCHEMA_CHARACTERS = 20_000


class JsonValid(CriterionShape):
    """The whole answer is JSON."""

    LABEL: ClassVar[str] = "Is valid JSON"

    type: Literal["json_valid"] = "json_valid"

    @property
    def sentence(self) -> str:
        return "Is valid JSON"

    def settle(self, evidence: Evidence, expected: ExpectedOutcome | None) -> Finding:  # noqa: ARG002  # one signature
        try:
            value = _parsed(evidence)
        except NotJson as error:
            return Finding(passed=False, evidence=str(error))
        return Finding(passed=True, evidence=f"The answer is {_kind(value)}.")


class JsonSchema(CriterionShape):
    """The whole answer is JSON that fits a JSON Schema (2020-12 unless the schema names an earlier draft).

    It stands under `schema`; `value`, as other criteria call what they look for, is read as well.
    """

    model_config = ConfigDict(populate_by_name=True)

    LABEL: ClassVar[str] = "Fits a JSON Schema"
    PROBLEM_KEY: ClassVar[str] = "schema"

    type: Literal["json_schema"]
    schema_: dict[str, JsonValue] = Field(alias="schema")

    @model_validator(mode="before")
    @classmethod
    def _read_value(cls, data: Any) -> Any:
        if isinstance(data, dict) and "value" in data and "schema" not in data:
            return {"schema" if name == "value" else name: item for name, item in data.items()}
        return data

    @property
    def sentence(self) -> str:
        return "Fits the JSON Schema"

    def settle(self, evidence: Evidence, expected: ExpectedOutcome | None) -> Finding:  # noqa: ARG002  # one signature
        try:
            error = schema_error(self.schema_, _parsed(evidence))
        except NotJson as not_json:
            return Finding(passed=False, evidence=str(not_json))
        except (SchemaUndecided, SchemaUnusable) as trouble:
            return Finding(passed=None, evidence=f"Not judged: {trouble}")
        return Finding(passed=error is None, evidence=error or "The answer fits.")

    def problem(self) -> str | None:
        if len(json.dumps(self.schema_)) > _MOST_SCHEMA_CHARACTERS:
            return f"The schema is longer than {_MOST_SCHEMA_CHARACTERS:,} characters."
        try:
            schema_error(self.schema_, None)
        except (SchemaUndecided, SchemaUnusable) as trouble:
            return str(trouble)
        return None


def _parsed(evidence: Evidence) -> JsonValue:
    if not evidence.answer.strip():
        raise NotJson(NO_ANSWER)
    return parse(evidence.answer)


def _kind(value: JsonValue) -> str:
    if value is None:
        return "null"
    names = {dict: "an object", list: "an array", str: "a string", bool: "true or false"}
    return names.get(type(value), "a number")
