import re
import uuid
from collections.abc import Iterator, Mapping

from agents.errors import WorkFailed
from agents.redaction import Redactor, storable
from agents.spec import RESERVED_VARIABLES
from console.errors import Problem
from orchestration import templates
from orchestration.graph import JsonObject, Node
from orchestration.shell import script as shell
from orchestration.shell.script import ShellError
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.pipeline_step import PipelineStep, required, text_setting
from orchestration.steps.script_log import ScriptLog
from orchestration.templates import TemplateError
from sandboxes import paths, registry
from sandboxes.base import ExecResult, Sandbox, SandboxSpec
from sandboxes.errors import NotSupported, SandboxError, SandboxUnavailable

#: How long a script without a timeout of its own may take.
DEFAULT_SECONDS = 1_800
_TAIL = 2_000
_NAME = re.compile(r"[A-Za-z_]\w{0,127}")
#: Variables that change what bash itself does before or while it runs a script.
_OF_BASH = re.compile(r"BASH.*|ENV|SHELLOPTS|IFS|PS\d|PROMPT_COMMAND|CDPATH|GLOBIGNORE|POSIXLY_CORRECT")


class BashScriptStep(PipelineStep):
    """Runs a shell script in a sandbox of its own. Its output is what the script prints, without the last line's end.

    Values of placeholders reach the script in variables, quoted for where they stand, so that none can become code.
    """

    queue = "agents"

    def work(self, context: StepContext) -> Answer:
        node = context.node
        prepared = shell.prepare(text_setting(node, "script"))
        env = {**_environment(node, context.input), **shell.variables(prepared, context.input)}
        try:
            with registry.choose().open(SandboxSpec(labels=_labels(context))) as sandbox:
                result = _run(sandbox, prepared.script, env, _folder(node, context.input), context)
        except (SandboxUnavailable, NotSupported) as error:
            raise WorkFailed("sandbox_unavailable", f"{error.message} {error.fix}".strip()) from error
        except SandboxError as error:
            raise WorkFailed("sandbox_failed", error.message, is_retryable=True) from error
        return Ok(storable(_printed(result, node)).rstrip("\n"))

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # a script is the same for all
        found = list(required(node, "script", "Write the script to run."))
        if not found:
            try:
                shell.prepare(text_setting(node, "script"))
            except (ShellError, TemplateError) as error:
                found.append(Problem(str(error), "script"))
        return [*found, *_environment_problems(node), *_folder_problems(node)]


def _run(
    sandbox: Sandbox, script: str, env: Mapping[str, str], folder: str, context: StepContext
) -> ExecResult:  # fmt: skip
    if folder != paths.HOME:
        made = sandbox.exec(["mkdir", "-p", "--", folder])
        if not made.is_success:
            raise WorkFailed("working_dir_unusable", f"The folder {folder} can't be made: {_tail(made.stderr_text)}")
    with ScriptLog(Redactor([]), context.emit) as log:
        return sandbox.exec(
            ["bash", "-c", script, "script"], env=env, cwd=folder, stop=context.stop, on_output=log.hear,
            timeout_seconds=context.node.timeout_seconds or DEFAULT_SECONDS,
        )  # fmt: skip


def _printed(result: ExecResult, node: Node) -> str:
    """Return what a script printed; raise WorkFailed for one that did not end well."""
    if result.is_stopped:
        raise WorkFailed("superseded", "The run is no longer wanted.")
    if result.is_timed_out:
        seconds = node.timeout_seconds or DEFAULT_SECONDS
        raise WorkFailed("step_timeout", f"The script took longer than {seconds} s.", is_retryable=True)
    if result.is_success:
        return result.stdout_text
    why = "used more memory than it may" if result.is_oom_killed else f"ended with exit code {result.exit_code}"
    said = _tail(result.stderr_text) or _tail(result.stdout_text)
    raise WorkFailed(
        "script_failed", f"The script {why}.{' ' if said else ''}{said}", is_retryable=True,
        details={"exit_code": result.exit_code, "stderr": _tail(result.stderr_text)},
    )  # fmt: skip


def _tail(text: str) -> str:
    return storable(text.strip()[-_TAIL:])


def _folder(node: Node, state: JsonObject) -> str:
    """Return the folder that a script runs in: beneath the home folder, where it is not absolute."""
    written = templates.render(text_setting(node, "workingDir"), state).strip()
    if "\0" in written or ".." in written.split("/"):
        raise WorkFailed("working_dir_unusable", f"The folder {storable(written)!r} must not hold `..` or NUL.")
    return written if written.startswith("/") else f"{paths.HOME}/{written}".rstrip("/")


def _environment(node: Node, state: JsonObject) -> dict[str, str]:
    written = node.config.get("env")
    env = (
        {name: templates.render(str(value), state) for name, value in written.items()}
        if isinstance(written, dict)
        else {}
    )
    for name, value in env.items():
        if "\0" in value or len(value.encode(errors="replace")) > shell.MOST_VALUE_BYTES:
            most = shell.MOST_VALUE_BYTES // 1024
            raise WorkFailed("script_unsafe", f"The variable {name} holds NUL, or is larger than {most} KB.")
    return env


def _environment_problems(node: Node) -> Iterator[Problem]:
    written = node.config.get("env")
    for name, value in written.items() if isinstance(written, dict) else ():
        if not _NAME.fullmatch(name):
            yield Problem("Use letters, digits and underscores, not beginning with a digit.", "env", name)
        elif RESERVED_VARIABLES.fullmatch(name) or _OF_BASH.fullmatch(name):
            yield Problem(f"{name} is set by the sandbox or by bash itself. Choose another name.", "env", name)
        elif problem := templates.problem(str(value)):
            yield Problem(problem, "env", name)


def _folder_problems(node: Node) -> Iterator[Problem]:
    folder = text_setting(node, "workingDir")
    if problem := templates.problem(folder):
        yield Problem(problem, "workingDir")
    elif ".." in folder.split("/"):
        yield Problem("Write a folder without `..`.", "workingDir")


def _labels(context: StepContext) -> dict[str, str]:
    """Return what the reaper knows a sandbox by."""
    return {
        "organization": str(context.organization_id),
        "run": str(context.run_id),
        "step": str(context.step_id),
        "attempt": str(context.attempt),
    }
