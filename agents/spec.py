"""What an agent is, as it is written down: the form of a draft and of a published version."""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from agents.environments.shape import SENTENCES as ENVIRONMENT_SENTENCES
from agents.environments.shape import Environment, environment_problems
from agents.errors import AgentInvalid
from agents.images.shape import DockerfileBody, dockerfile_problems
from agents.models.topics import LONGEST_TOPIC
from agents.sandbox_definitions.shape import SandboxSettings
from agents.schemas import object_schema_problem
from agents.sources.base import bare_name_problem
from agents.sources.registry import SOURCES, source
from console.errors import Problem

KILOBYTE = 1024
LONGEST_RUN_SECONDS = 1_800
DEFAULT_RUN_SECONDS = 300
MOST_CONCURRENCY = 100
DEFAULT_CONCURRENCY = 5
MOST_VARIABLES = 100

#: Names that the platform sets itself, or that would change how the sandbox runs rather than what the agent sees.
RESERVED_VARIABLES = re.compile(r"PIPELINES_.*|CALLBOARD_.*|LD_.*|HOME|PATH|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP")

#: For what a prompt agent is told, and how it answers.
LONGEST_INSTRUCTIONS = 100_000
HIGHEST_TEMPERATURE = 2
MOST_TOKENS = 1_000_000
MOST_ROLES = 20


def _no_boolean(value: object) -> object:
    """Refuse true and false, which Python takes for 1 and 0. Forms send numbers as text, which will do."""
    if isinstance(value, bool):
        raise ValueError("Write a number.")  # noqa: TRY004  # pydantic tells of a ValueError
    return value


Number = Annotated[int, BeforeValidator(_no_boolean)]
Concurrency = Annotated[Number, Field(ge=1, le=MOST_CONCURRENCY)]
Role = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _./-]{0,63}$")]
Roles = Annotated[list[Role], Field(max_length=MOST_ROLES)]
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


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
    """The whole of an agent that is code, but for its name.

    `source` is in the form of its kind (`agents/sources`), `run_timeout_s` in seconds. `roles` says what it can be
    asked for as one of several, such as a reviewer. `sandbox` is what the sandbox definition says at the time.
    """

    runtime: Literal["python"] = "python"
    source: dict[str, JsonValue]
    entrypoint: str = "run"
    entrypoint_file: str = "main.py"
    env: Annotated[list[Variable], Field(max_length=MOST_VARIABLES)] = Field(default_factory=list)
    run_timeout_s: Annotated[Number, Field(ge=1, le=LONGEST_RUN_SECONDS)] = DEFAULT_RUN_SECONDS
    concurrency: Concurrency = DEFAULT_CONCURRENCY
    network: Literal["none", "internet"] = "none"
    roles: Roles = Field(default_factory=list)
    sandbox_definition_id: str | None = None
    environment: Environment = Field(default_factory=Environment)
    sandbox: SandboxSettings | None = None
    dockerfile: DockerfileBody = ""


class PromptSpec(_Shape):
    """The whole of an agent that is one question to a model, but for its name.

    `model` is a reference, or `topic` is looked up, or both are blank and the organization's default is asked.
    `output_schema` is a JSON Schema of an object. None leaves temperature and length to the model.
    """

    runtime: Literal["prompt"]
    instructions: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_INSTRUCTIONS)]
    model: Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)] = ""
    topic: Annotated[str, StringConstraints(max_length=LONGEST_TOPIC, strip_whitespace=True)] = ""
    output_schema: dict[str, JsonValue] | None = None
    temperature: Annotated[float, BeforeValidator(_no_boolean), Field(ge=0, le=HIGHEST_TEMPERATURE)] | None = None
    max_tokens: Annotated[Number, Field(ge=1, le=MOST_TOKENS)] | None = None
    concurrency: Concurrency = DEFAULT_CONCURRENCY
    roles: Roles = Field(default_factory=list)


Spec = AgentSpec | PromptSpec


def parse_spec(data: dict[str, Any]) -> Spec:
    """Return the spec that `data` describes; raise AgentInvalid with a problem for each field that does not fit."""
    match data.get("runtime", "python"):
        case "python":
            return _parse_python(data)
        case "prompt":
            return _parse_prompt(data)
    raise AgentInvalid.of([Problem("Use python or prompt.", "runtime")])


def _parse_python(data: dict[str, Any]) -> AgentSpec:
    try:
        spec = AgentSpec.model_validate(data)
    except ValidationError as error:
        # The code is looked at all the same, so that one save tells everything.
        raise AgentInvalid.of([*map(_problem, error.errors()), *_code_problems(data)]) from error
    problems = [*_code_problems(spec.model_dump()), *_variable_problems(spec), *environment_problems(spec.environment)]
    problems += dockerfile_problems(spec.dockerfile)
    if problems:
        raise AgentInvalid.of(problems)
    return spec


def _parse_prompt(data: dict[str, Any]) -> PromptSpec:
    try:
        spec = PromptSpec.model_validate(data)
    except ValidationError as error:
        raise AgentInvalid.of([*map(_problem, error.errors())]) from error
    problems = []
    if not spec.instructions.strip():
        problems.append(Problem(_SENTENCES["instructions"], "instructions"))
    if spec.model and spec.topic:
        problems.append(Problem("Name a model or a topic, not both.", "topic"))
    if spec.output_schema is not None and (problem := object_schema_problem(spec.output_schema)):
        problems.append(Problem(problem, "output_schema"))
    if problems:
        raise AgentInvalid.of(problems)
    return spec


def as_json(spec: Spec) -> dict[str, JsonValue]:
    # Roles came later: without any, a draft is still what was published before there were roles.
    left_out = {"output_schema"} if spec.roles else {"output_schema", "roles"}
    if isinstance(spec, AgentSpec) and spec.environment.is_default:
        left_out.add("environment")
    if isinstance(spec, AgentSpec) and not spec.dockerfile:
        left_out.add("dockerfile")
    data: dict[str, JsonValue] = spec.model_dump(mode="json", exclude_none=True, exclude=left_out)
    if isinstance(spec, PromptSpec) and spec.output_schema is not None:
        # As it is: a null in a schema means something.
        data["output_schema"] = spec.output_schema
    return data


def _code_problems(data: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the source and its entrypoint; nothing where these have the wrong types."""
    code = data.get("source")
    entrypoint, entrypoint_file = data.get("entrypoint", "run"), data.get("entrypoint_file", "main.py")
    if not (isinstance(code, dict) and isinstance(entrypoint, str) and isinstance(entrypoint_file, str)):
        return []
    kind = str(code.get("kind"))
    if kind not in SOURCES:
        return [Problem(f"Choose a code source: {', '.join(SOURCES)}.", "source", "kind")]
    if name_problem := bare_name_problem(entrypoint):
        return [name_problem]
    return source(kind).problems(code, entrypoint=entrypoint, entrypoint_file=entrypoint_file)


def _variable_problems(spec: AgentSpec) -> list[Problem]:
    found = []
    seen: set[str] = set()
    for place, variable in enumerate(spec.env):
        if variable.name in seen:
            found.append(Problem(f"{variable.name} is set twice.", "env", place, "name"))
        if RESERVED_VARIABLES.fullmatch(variable.name):
            found.append(Problem(f"{variable.name} is set by the sandbox itself.", "env", place, "name"))
        if variable.value is not None and "\0" in variable.value:
            found.append(Problem("A value can't hold a NUL character.", "env", place, "value"))
        seen.add(variable.name)
    return found


_SENTENCES = {
    **ENVIRONMENT_SENTENCES,
    "instructions": f"Write what the model is to do, in at most {LONGEST_INSTRUCTIONS:,} characters.",
    "temperature": f"Use 0 to {HIGHEST_TEMPERATURE}, or leave it out.",
    "max_tokens": f"Use 1 to {MOST_TOKENS:,}, or leave it out.",
    "roles": f"Use at most {MOST_ROLES} roles.",
    "run_timeout_s": f"Use 1 to {LONGEST_RUN_SECONDS} seconds.",
    "concurrency": f"Use 1 to {MOST_CONCURRENCY} runs at once.",
    "name": "Use letters, digits and underscores, not beginning with a digit.",
    "network": "Use none or internet.",
}


def _problem(item: Any) -> Problem:
    """Turn one of pydantic's errors into a problem with a sentence of ours where there is one."""
    place = item["loc"]
    sentence = _SENTENCES.get(str(place[-1])) if place and item["type"] != "extra_forbidden" else None
    return Problem(sentence or str(item["msg"]).removeprefix("Value error, "), *place)
