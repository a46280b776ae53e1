"""The setup command: one shell command in the run's own sandbox, with the agent's variables, before the agent."""

from collections.abc import Mapping

from agents.environments.ready import Ready
from agents.environments.setup_log import Output, StepFailed
from agents.environments.shape import Environment
from agents.environments.work import Work
from agents.services.progress import Superseded
from sandboxes import paths
from sandboxes.base import Sandbox

STEP = "Setup command"
_LONGEST_SECONDS = 600
#: The command is an argument and not part of the script, so that nothing in it has to be quoted.
_SHELL = 'if command -v bash >/dev/null; then exec bash -c "$1"; else exec sh -c "$1"; fi'


def set_up(environment: Environment, sandbox: Sandbox, ready: Ready, env: Mapping[str, str], work: Work) -> None:
    """Run the setup command, where there is one, in the agent's folder.

    What it leaves is this run's alone: it has seen the agent's credentials, so nothing of it is kept for another. Raise
    StepFailed where it does not end well, Superseded, SandboxError.
    """
    if not environment.setup_command:
        return
    output = Output(work.put)
    with work.steps.step(STEP):
        result = sandbox.exec(
            ["sh", "-c", f"{ready.shell_prefix}{_SHELL}", "setup", environment.setup_command], env=env, cwd=paths.AGENT,
            timeout_seconds=_LONGEST_SECONDS, stop=work.stop,
            on_output=lambda stream, data: output.take(stream.value, data),
        )  # fmt: skip
        if result.is_stopped or work.stop.is_set():
            raise Superseded
        try:
            output.see(STEP, "The command", result)
        except StepFailed as failure:
            raise StepFailed(failure.name, f"{failure.reason} {_hint(failure)}".strip(), failure.tail) from None


def _hint(failure: StepFailed) -> str:
    """Return what is the matter as often as not."""
    words = ("permission denied", "read-only file system", "are you root", "operation not permitted")
    if any(word in failure.tail.lower() for word in words):
        return "It runs as the default user: use sudo for what changes the system, on the docker backend."
    return ""
