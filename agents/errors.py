"""What can go wrong with agents, their runs, models and credentials.

A run that breaks says so with a `FailureCode`: it is an infrastructure failure and is not graded. An exception inside
the agent is none of these: it is a result, and is graded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from console.errors import Conflict, Invalid
from sandboxes.trajectories.steps import Step


class Cause(StrEnum):
    """Who has to change something so that it does not happen again."""

    AGENT = "agent"
    SIMULATOR = "simulator"
    ENVIRONMENT = "environment"
    PROVIDER = "provider"
    PLATFORM = "platform"


class FailureCode(StrEnum):
    AGENT_MODEL_UNRESOLVED = "agent_model_unresolved"
    SIMULATOR_MODEL_UNRESOLVED = "simulator_model_unresolved"
    AGENT_NOT_PUBLISHED = "agent_not_published"
    AGENT_CODE_FETCH_FAILED = "agent_code_fetch_failed"
    AGENT_SECRET_UNRESOLVED = "agent_secret_unresolved"  # noqa: S105  # a code, not a secret
    ENTRYPOINT_MISSING = "entrypoint_missing"
    AGENT_COMMAND_FAILED = "agent_command_failed"
    AGENT_TIMEOUT = "agent_timeout"
    IN_SANDBOX_REQUIRES_WORKSPACE = "in_sandbox_requires_workspace"
    SANDBOX_UNAVAILABLE = "sandbox_unavailable"
    SANDBOX_FAILED = "sandbox_failed"
    STEP_KILLS_WORKER = "step_kills_worker"
    ENVIRONMENT_SETUP_FAILED = "environment_setup_failed"
    IMAGE_NOT_READY = "image_not_ready"
    IMAGE_BUILD_FAILED = "image_build_failed"
    WORKSPACE_SEED_FAILED = "workspace_seed_failed"
    WORKSPACE_SETUP_FAILED = "workspace_setup_failed"
    SCENARIO_RESOLUTION_ERROR = "ScenarioResolutionError"
    TOOL_NOT_EXECUTABLE = "tool_not_executable"
    LOCK_CONTENTION = "lock_contention"
    MODEL_CALL_FAILED = "model_call_failed"
    JUDGE_FAILED = "judge_failed"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known beforehand of one way to break: who must act, what happened, and what to do about it."""

    code: FailureCode
    cause: Cause
    message: str
    fix: str


_MODELS_FIX = "Pick one on the field's Models popover or set the org default."
_ALL = (
    Failure(FailureCode.AGENT_MODEL_UNRESOLVED, Cause.PLATFORM,
            "No judge model is resolvable for the run.", _MODELS_FIX),
    Failure(FailureCode.SIMULATOR_MODEL_UNRESOLVED, Cause.SIMULATOR,
            "No user-simulator model is configured for the run.", _MODELS_FIX),
    Failure(FailureCode.AGENT_NOT_PUBLISHED, Cause.AGENT,
            "The agent is a draft, and a draft can't be dispatched.", "Publish the agent, then run again."),
    Failure(FailureCode.AGENT_CODE_FETCH_FAILED, Cause.AGENT,
            "The agent's code could not be fetched.",
            "Check the archive, or the repository's URL, ref and credential, then run again."),
    Failure(FailureCode.AGENT_SECRET_UNRESOLVED, Cause.AGENT,
            "A credential that the agent needs is missing or can't be decrypted.",
            "Bind the variable or the repository to a live credential, publish and run again."),
    Failure(FailureCode.ENTRYPOINT_MISSING, Cause.AGENT,
            "The entrypoint was not found in the agent's code.",
            "Correct the entrypoint or the entrypoint file, publish and run again."),
    Failure(FailureCode.AGENT_COMMAND_FAILED, Cause.AGENT,
            "The run command ended with an error and changed nothing.",
            "Read the last lines of its output in the trajectory, correct the command and run again."),
    Failure(FailureCode.AGENT_TIMEOUT, Cause.AGENT,
            "The agent was still running when its run timeout ended.",
            "Raise the agent's run timeout, or find the slow step on the timeline."),
    Failure(FailureCode.IN_SANDBOX_REQUIRES_WORKSPACE, Cause.AGENT,
            "A shell-command agent needs a workspace, and the task has none.",
            "Choose a workspace source in the field's Coding setup, then seed again."),
    Failure(FailureCode.SANDBOX_UNAVAILABLE, Cause.ENVIRONMENT,
            "No sandbox is ready on this machine.", "Run the doctor: it says what is missing and how to mend it."),
    Failure(FailureCode.SANDBOX_FAILED, Cause.ENVIRONMENT,
            "The sandbox broke while the agent was in it.",
            "Run again. If it happens twice, look at the machine's memory and disk."),
    Failure(FailureCode.STEP_KILLS_WORKER, Cause.ENVIRONMENT,
            "Its worker died each time it was carried out, so it is not tried again.",
            "Lower the agent's memory limit or give the machine more, then run again. The worker's log says what it "
            "did last."),
    Failure(FailureCode.ENVIRONMENT_SETUP_FAILED, Cause.ENVIRONMENT,
            "The sandbox could not be set up: a package, a requirement or the setup command failed.",
            "Read the setup log, correct the agent's Sandbox environment and run again."),
    Failure(FailureCode.IMAGE_NOT_READY, Cause.ENVIRONMENT,
            "The agent's image is not built.", "Build the image on the agent's page and wait until it is ready."),
    Failure(FailureCode.IMAGE_BUILD_FAILED, Cause.ENVIRONMENT,
            "The agent's image could not be built.", "Read the build log, correct the Dockerfile and build again."),
    Failure(FailureCode.WORKSPACE_SEED_FAILED, Cause.ENVIRONMENT,
            "The workspace could not be filled from its source.",
            "Correct the workspace's URL, subdirectory or archive, then seed again."),
    Failure(FailureCode.WORKSPACE_SETUP_FAILED, Cause.ENVIRONMENT,
            "The workspace's setup command failed.",
            "Run the command on a copy of the repository, correct it and seed again."),
    Failure(FailureCode.SCENARIO_RESOLUTION_ERROR, Cause.ENVIRONMENT,
            "The row names a scenario that is unknown, archived or of another organization.",
            "Use the exact name of a live scenario of this organization."),
    Failure(FailureCode.TOOL_NOT_EXECUTABLE, Cause.AGENT,
            "The tool can't be executed: coding runs do not simulate tools.",
            "Bind the tool to a passthrough endpoint, or let the agent do the work in the repository."),
    Failure(FailureCode.LOCK_CONTENTION, Cause.AGENT,
            "Another tool call of this run was still under way: tool calls of a run take turns.",
            "Retry the call after the other one has ended."),
    Failure(FailureCode.MODEL_CALL_FAILED, Cause.PROVIDER,
            "The agent's model gave no answer.", "Test the model under Settings, Models, then run again."),
    Failure(FailureCode.JUDGE_FAILED, Cause.PROVIDER,
            "The run could not be graded.", "Test the judge model under Settings, Models, then re-grade the run."),
    Failure(FailureCode.INTERNAL_ERROR, Cause.PLATFORM,
            "Callboard met an error of its own.", "Run again. If it happens twice, report the detail below."),
)  # fmt: skip

FAILURES: Mapping[FailureCode, Failure] = {failure.code: failure for failure in _ALL}


class AgentRunFailed(Exception):  # it is what became of the run
    """A run broke for a reason that is not the agent's work, so it is not graded.

    `detail` is what is particular to this run, such as the last line of a log. `steps` is what was seen of the agent's
    work until then.
    """

    def __init__(self, code: FailureCode, detail: str = "", *, steps: tuple[Step, ...] = ()) -> None:
        self.failure = FAILURES[code]
        self.steps = steps
        self.code = code
        self.detail = detail
        super().__init__(f"{self.failure.message} {detail}".strip())

    def as_json(self) -> dict[str, str]:
        """Return it in the form that `AgentRun.error` holds."""
        failure = self.failure
        return {
            "code": self.code.value,
            "message": failure.message,
            "cause": failure.cause.value,
            "fix": failure.fix,
            "detail": self.detail,
        }


class ModelCallFailed(Exception):
    """A model gave no answer. `provider_message` is what the provider said, and holds no secret.

    `status` is the HTTP status, or None where no answer came at all; `retry_after` the seconds the provider asked for.
    """

    def __init__(
        self, provider_message: str, *, status: int | None = None, is_retryable: bool, retry_after: float | None = None
    ) -> None:
        self.provider_message = provider_message
        self.status = status
        self.is_retryable = is_retryable
        self.retry_after = retry_after
        super().__init__(provider_message)

    @property
    def sentence(self) -> str:
        """Return what happened, as a person is told."""
        message = self.provider_message
        return message if self.status is None else f"The provider answered {self.status}: {message}"

    def __str__(self) -> str:
        return self.sentence


class CallStopped(Exception):
    """Nobody waits for the model's answer any more."""


class WorkFailed(Exception):
    """A call that a step was to make came to nothing, for the reason that `code` names.

    Neither the sentence nor `details` hold a secret. `is_retryable` is False where it would be the same again.
    """

    def __init__(
        self, code: str, message: str, *, is_retryable: bool = False, details: Mapping[str, JsonValue] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.is_retryable = is_retryable
        self.details = dict(details or {})


class ToolError(WorkFailed):
    """A tool gave no result."""


class PromptFailed(WorkFailed):
    """A prompt got no answer."""


class AgentInvalid(Invalid):
    code = "agent_invalid"


class AgentNameTaken(Conflict):
    code = "name_taken"


class AgentNotPublished(Conflict):
    code = "agent_not_published"


class CredentialInvalid(Invalid):
    code = "credential_invalid"


class CredentialNameTaken(Conflict):
    code = "name_taken"


class CredentialInUse(Conflict):
    code = "credential_in_use"


class ToolInvalid(Invalid):
    code = "tool_invalid"


class ToolNameTaken(Conflict):
    code = "name_taken"


class ToolInUse(Conflict):
    code = "tool_in_use"


class ModelInvalid(Invalid):
    code = "model_invalid"


class ModelNameTaken(Conflict):
    code = "name_taken"


class ModelInUse(Conflict):
    code = "model_in_use"


class SandboxDefinitionInvalid(Invalid):
    code = "sandbox_definition_invalid"


class SandboxDefinitionNameTaken(Conflict):
    code = "name_taken"


class SandboxDefinitionInUse(Conflict):
    code = "sandbox_definition_in_use"


class UnknownModel(Invalid):
    """A reference names no model of the organization, or more than one."""

    code = "unknown_model"
