"""Starts and removes containers: those of sandboxes, and helpers that do one thing and are gone."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from docker.errors import APIError
from docker.models.containers import Container

from sandboxes.backends.docker.engine import engine, removing

log = logging.getLogger(__name__)

#: In seconds, before another try.
_PAUSES = (0.2, 0.8, 2.0)
#: Of the runtime's complaints, and of the engine's own where an image's files should be.
_EMPTY_IMAGE = ("OCI runtime", "/merged/")


class HelperFailed(Exception):
    """A helper's command exited nonzero. The text is what it complained of."""


def started(create: Callable[[], Container]) -> Container:
    """Create a container and start it; another one where the engine's runtime could not, and a moment later.

    Now and then, when much is opened and removed at once, whatever is created or started within a second or two finds
    nothing in its image ("executable file not found"), and a container that was created then never does.
    """
    for pause in _PAUSES:
        try:
            return _started(create())
        except APIError as error:
            if not any(words in str(error) for words in _EMPTY_IMAGE):
                raise
            log.warning("the engine could not start a container, and is asked for another: %s", error)
            time.sleep(pause)
    return _started(create())


def _started(made: Container) -> Container:
    try:
        made.start()
    except BaseException:
        remove(str(made.id))
        raise
    return made


def remove(container: str) -> None:
    """Remove a container with its volumes, whatever runs in it."""
    with removing():
        engine().api.remove_container(container, v=True, force=True)


def helped(image: str, command: Sequence[str], **settings: Any) -> bytes:
    """Run a command in a container of its own and return what it prints; raise HelperFailed.

    It has no rights but what `settings`, arguments of `containers.create`, give it.
    """
    made = started(
        lambda: engine().containers.create(
            image, list(command), read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges"], **settings
        )
    )
    try:
        if made.wait()["StatusCode"]:
            raise HelperFailed(made.logs(stdout=False, stderr=True).decode(errors="replace").strip())
        printed: bytes = made.logs(stdout=True, stderr=False)
        return printed
    finally:
        remove(str(made.id))
