"""What an agent is, as it is written down: the form of a draft and of a published version."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError, model_validator

from agents.errors import AgentInvalid
from console.errors import Problem

KILOBYTE = 1024
MOST_PASTED_BYTES = 200 * KILOBYTE
MOST_FILES = 50
MOST_FILE_BYTES = 200 * KILOBYTE
MOST_FILES_BYTES = 1024 * KILOBYTE
LONGEST_RUN_SECONDS = 1_800
DEFAULT_RUN_SECONDS = 300
MOST_CONCURRENCY = 100
DEFAULT_CONCURRENCY = 5
MOST_VARIABLES = 100

#: Names that the platform sets itself, or that would change how the sandbox runs rather than what the agent sees.
RESERVED_VARIABLES = re.compile(r"PIPELINES_.*|CALLBOARD_.*|LD_.*|HOME|PATH|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP")

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PastedCode(_Shape):
    """One module, typed or pasted in."""

    kind: Literal["paste"]
    code: str


class CodeFiles(_Shape):
    """Several modules by their path."""

    kind: Literal["files"]
    files: dict[str, str]


Source = Annotated[PastedCode | CodeFiles, Field(discriminator="kind")]


class Variable(_Shape):
    """An environment variable: a value that anyone may see, or a credential that nobody sees."""

    name: EnvironmentName
    value: Annotated[str, StringConstraints(max_length=32 * KILOBYTE)] | None = None
    credential_id: str | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> "Variable":
        if (self.value is None) == (self.credential_id is None):
            raise ValueError("Give either a value or a credential.")
        return self


class AgentSpec(_Shape):
    """The whole of an agent but for its name. `run_timeout_s` is in seconds."""

    runtime: Literal["python"] = "python"
    source: Source
    entrypoint: str = "run"
    entrypoint_file: str = "main.py"
    env: Annotated[list[Variable], Field(max_length=MOST_VARIABLES)] = Field(default_factory=list)
    run_timeout_s: Annotated[int, Field(ge=1, le=LONGEST_RUN_SECONDS)] = DEFAULT_RUN_SECONDS
    concurrency: Annotated[int, Field(ge=1, le=MOST_CONCURRENCY)] = DEFAULT_CONCURRENCY
    network: Literal["none", "internet"] = "none"


def parse_spec(data: dict[str, Any]) -> AgentSpec:
    """Return the spec that `data` describes; raise AgentInvalid with a problem for each field that does not fit."""
    try:
        return AgentSpec.model_validate(data)
    except ValidationError as error:
        raise AgentInvalid.of([_problem(item) for item in error.errors()]) from error


def as_json(spec: AgentSpec) -> dict[str, JsonValue]:
    return spec.model_dump(mode="json", exclude_none=True)


_SENTENCES = {
    "run_timeout_s": f"Use 1 to {LONGEST_RUN_SECONDS} seconds.",
    "concurrency": f"Use 1 to {MOST_CONCURRENCY} runs at once.",
    "name": "Use letters, digits and underscores, not beginning with a digit.",
}


def _problem(item: Any) -> Problem:
    # The discriminator of a union is not a field that anybody wrote.
    place = tuple(part for part in item["loc"] if part not in {"paste", "files"} or item["loc"][-1] == part)
    sentence = _SENTENCES.get(str(place[-1])) if place else None
    return Problem(sentence or str(item["msg"]).removeprefix("Value error, "), *place)
