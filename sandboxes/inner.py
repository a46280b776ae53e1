"""What every backend puts around a command inside: its timeout and its folder."""

from sandboxes import paths
from sandboxes.base import Command
from sandboxes.follow import KILL_AFTER_SECONDS


def inner_argv(command: Command, *, is_filtered: bool = False) -> list[str]:
    """Return the command within its limits, beside its filtered way out where it has one.

    A folder that is not there ends it with 125, as `env` does.
    """
    folder = [] if command.cwd == paths.HOME else ["env", "-C", command.cwd]
    beside = ["python3", "-I", "-B", paths.HARNESS, "filtered"] if is_filtered else []
    limits = ["timeout", f"--kill-after={KILL_AFTER_SECONDS}", f"{command.timeout_seconds:.3f}"]
    return [*limits, *folder, *beside, *command.argv]
