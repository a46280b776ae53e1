"""The JSON of a stage template, part by part."""

from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue, StringConstraints, field_validator

from console.access import Role
from orchestration.retry import RetryPolicy

MOST_STAGES = 50
MOST_PARAMETERS = 50
MOST_APPROVERS = 50
MOST_RETRIES = 20
DEFAULT_RETRIES = 3
LONGEST_TIMEOUT_SECONDS = 90 * 24 * 3600
LONGEST_STAGE_SECONDS = 24 * 3600


class StageType(StrEnum):
    STANDARD = "standard"  #: does work
    QA_VALIDATION = "qa_validation"  #: checks an earlier stage's work, and sends it back with what is to be mended


class GateDecision(StrEnum):
    """What can be decided at a gate."""

    APPROVE = "approve"  #: go on with the next stage
    SKIP = "skip"  #: leave the next stage out
    STOP = "stop"  #: end the run


class InputType(StrEnum):
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    SELECT = "select"


class Requirement(StrEnum):
    REQUIRED = "required"  #: a run does not start without it
    OPTIONAL = "optional"
    USER_PROMPT = "user_prompt"  #: whoever starts a run is asked, with the default filled in


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class GateShape(_Shape):
    """A gate after a stage. Without approvers and role whoever may start runs decides."""

    approvers: Annotated[list[Name], Field(max_length=MOST_APPROVERS)] = Field(default_factory=list)
    role: Role | None = None
    timeout_seconds: int | None = Field(default=None, ge=1, le=LONGEST_TIMEOUT_SECONDS, alias="timeoutSeconds")
    default_decision: GateDecision = Field(default=GateDecision.STOP, alias="defaultDecision")


class StageShape(_Shape):
    name: Name
    description: Annotated[str, StringConstraints(max_length=2_000)] = ""
    topic: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    prompt: Annotated[str, StringConstraints(max_length=50_000)] = Field(
        default="", validation_alias=AliasChoices("prompt", "promptTemplate")
    )
    approval_gate: GateShape | None = Field(default=None, alias="approvalGate")
    stage_type: StageType = Field(
        default=StageType.STANDARD,
        validation_alias=AliasChoices("stageType", "type"),
        serialization_alias="stageType",
    )
    max_retries: int = Field(default=DEFAULT_RETRIES, ge=1, le=MOST_RETRIES, alias="maxRetries")
    retry_target_stage: int | None = Field(default=None, alias="retryTargetStage")
    #: An agent's id: it does the work instead of the topic's model.
    agent: Annotated[str, StringConstraints(max_length=64)] = ""
    #: A model's id or name: it is asked instead of the topic's.
    model: Annotated[str, StringConstraints(max_length=255)] = ""
    timeout_seconds: int | None = Field(default=None, ge=1, le=LONGEST_STAGE_SECONDS, alias="timeoutSeconds")
    retry: RetryPolicy | None = None

    @field_validator("approval_gate", mode="before")
    @classmethod
    def _plain_gate(cls, value: JsonValue) -> JsonValue:
        """Take `true` for a gate with nothing set, `false` for none."""
        if isinstance(value, bool):
            return {} if value else None
        return value

    @property
    def is_qa(self) -> bool:
        return self.stage_type is StageType.QA_VALIDATION


class ParameterShape(_Shape):
    """Something that a run is started with, filled in for `{{param.key}}`."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    description: Annotated[str, StringConstraints(max_length=1_000)] = ""
    input_type: InputType = Field(default=InputType.STRING, alias="inputType")
    requirement: Requirement = Requirement.OPTIONAL
    default: str | int | float | bool | None = None
    options: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
