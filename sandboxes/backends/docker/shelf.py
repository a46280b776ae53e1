"""The images that are made of this installation's containers."""

from collections.abc import Mapping
from typing import Any

from docker.errors import APIError, ImageNotFound

from sandboxes import paths
from sandboxes.backends.docker.engine import engine, opening
from sandboxes.backends.docker.lifecycle import helped
from sandboxes.errors import ImageNotReady
from sandboxes.image_shelf import ImageWords, KeptImage
from sandboxes.images import HOW_TO_BUILD

#: By these an image says whose it is, and which installation made it.
NAME_LABEL = "callboard.image"
INSTANCE_LABEL = "callboard.image.instance"
REPOSITORY = "callboard-image"
_FREE = ["df", "--block-size=1", "--output=avail", "/"]
_CONFLICT = 409


class DockerShelf:
    """The engine's images that carry this installation's label."""

    def __init__(self, instance: str, base_image: str) -> None:
        self._instance = instance
        self._base_image = base_image

    def place(self) -> str:
        with opening():
            return str(engine().info().get("ID", ""))

    def base(self) -> str:
        with opening():
            try:
                return str(engine().images.get(self._base_image).id)
            except ImageNotFound as error:
                raise ImageNotReady(f"The image {self._base_image} is not built.", fix=HOW_TO_BUILD) from error

    def has(self, digest: str) -> bool:
        with opening():
            try:
                engine().images.get(digest)
            except ImageNotFound:
                return False
        return True

    def names(self) -> Mapping[str, str]:
        with opening():
            found = engine().api.images(all=True, filters={"label": f"{INSTANCE_LABEL}={self._instance}"})
        return {image["Id"]: image["Labels"][NAME_LABEL] for image in found}

    def remove(self, digest: str) -> bool:
        with opening():
            try:
                engine().api.remove_image(digest)
            except ImageNotFound:
                return True
            except APIError as error:
                if error.status_code != _CONFLICT:
                    raise
                return False
        return True

    def free_bytes(self) -> int:
        """Ask from within a container: its own disk is where the engine keeps images, wherever that is."""
        with opening():
            said = helped(self._base_image, _FREE, network_mode="none", user="65534:65534")
        return int(said.split()[-1])


def to_be_kept(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a container that an image is to be made of.

    The user's folders are no volumes there, which an image would not hold, and no variables are set that it would.
    """
    mounts = [mount for mount in arguments["mounts"] if mount["Type"] != "volume"]
    return {**arguments, "mounts": mounts, "environment": {}}


def written_bytes(container: str) -> int:
    """Return how much a container has written beside its volumes."""
    found: list[dict[str, Any]] = engine().api.containers(all=True, size=True, filters={"id": container})
    return int(found[0].get("SizeRw") or 0) if found else 0


def variables_of(container: str) -> dict[str, str]:
    """Return the environment variables that a container was made with, its image's."""
    entries = engine().api.inspect_container(container)["Config"]["Env"] or []
    return {name: value for name, _, value in (entry.partition("=") for entry in entries)}


def keep(container: str, image: ImageWords) -> KeptImage:
    """Make an image of a container."""
    labels = engine().api.inspect_container(container)["Config"]["Labels"]
    config = {
        "Env": [f"{name}={value}" for name, value in image.env.items()],
        "User": "user",
        "WorkingDir": image.folder or paths.HOME,
        "Cmd": ["bash"],
        # An image's labels are its containers' too, and an installation knows its sandboxes by theirs: blank ones.
        "Labels": {
            **dict.fromkeys(labels, ""), NAME_LABEL: image.name, INSTANCE_LABEL: labels["callboard.instance"],
        },
    }  # fmt: skip
    added = written_bytes(container)
    made = engine().api.commit(container, repository=REPOSITORY, tag=image.name.lower(), conf=config)
    return KeptImage(str(made["Id"]), added)
