"""What every backend puts around a command inside: its timeout and its folder."""

from sandboxes import paths
from sandboxes.base import Command
from sandboxes.follow import KILL_AFTER_SECONDS


def inner_argv(command: Command) -> list[str]:
    """Return the command within its limits. A folder that is not there ends it with 125, as `env` does."""
    folder = [] if command.cwd == paths.HOME else ["env", "-C", command.cwd]
    return ["timeout", f"--kill-after={KILL_AFTER_SECONDS}", f"{command.timeout_seconds:.3f}", *folder, *command.argv]
