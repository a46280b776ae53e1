"""What makes steps of what a runtime recorded: a name and its function. A new one is a file and a line here."""

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from django.utils.module_loading import import_string

from sandboxes.trajectories.steps import Step

Adapter = Callable[[Iterable[Mapping[str, object]]], tuple[Step, ...]]

ADAPTERS = {
    "audit": "sandboxes.trajectories.audit.steps_from",
}


def adapter(name: str) -> Adapter:
    """Return the adapter of a name; raise LookupError with the names there are."""
    if name not in ADAPTERS:
        raise LookupError(f"There is no trajectory adapter {name!r}. Use one of: {', '.join(sorted(ADAPTERS))}.")
    return cast("Adapter", import_string(ADAPTERS[name]))
