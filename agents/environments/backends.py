"""What this installation's own settings say of an environment, without asking any backend."""

from django.conf import settings

from agents.environments.shape import Environment
from console.errors import Problem

NO_PACKAGES = (
    "System packages need the docker backend, and sandboxes here are bubblewrap's: nothing can become root in them. "
    "Set CALLBOARD_SANDBOX=docker, or do without packages."
)


def backend_problems(environment: Environment) -> list[Problem]:
    """Return what no sandbox of this installation can be given.

    With `auto` the workers choose the backend, and theirs may be docker though this process sees no engine.
    """
    if environment.system_packages and settings.CALLBOARD_SANDBOX == "bubblewrap":
        return [Problem(NO_PACKAGES, "environment", "system_packages")]
    return []
