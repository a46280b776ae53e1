"""The runtimes: a name and where its class is."""

import functools
from typing import cast

from django.utils.module_loading import import_string

from agents.runtimes.base import Runtime

RUNTIMES = {
    "python": "agents.runtimes.python.PythonRuntime",
}


@functools.cache
def runtime(name: str) -> Runtime:
    """Return the runtime of a name in `RUNTIMES`."""
    return cast("Runtime", import_string(RUNTIMES[name])())
