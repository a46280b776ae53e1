"""Sandboxes that are kept as images: the system with what was installed into it."""

from docker.errors import ImageNotFound

from sandboxes.backends.docker.container import LABEL
from sandboxes.backends.docker.engine import engine, removing
from sandboxes.backends.docker.shelf import written_bytes
from sandboxes.image_shelf import KeptImage

#: The label by which an image says that a sandbox of an installation was kept as it.
SAVED_LABEL = f"{LABEL}.saved"
#: What engines call an image whose name another one has got since.
_NO_NAME = "<none>:<none>"


def save(container: str, name: str) -> KeptImage:
    """Keep a container's system as an image under a name. Volumes and mounts are no part of it.

    The labels of the sandbox would go with it and be taken for those of sandboxes opened of it: they are blanked.
    """
    labels = engine().api.inspect_container(container)["Config"]["Labels"] or {}
    blanked = [f'LABEL "{key}"=""' for key in sorted(labels) if key.startswith(f"{LABEL}.")]
    changes = [*blanked, f'LABEL "{SAVED_LABEL}"="{labels[f"{LABEL}.instance"]}"']
    repository, _, tag = name.partition(":")
    added = written_bytes(container)
    made = engine().api.commit(container, repository=repository, tag=tag or "latest", changes=changes)
    return KeptImage(str(made["Id"]), added)


def image_id(name: str) -> str | None:
    """Return the id of an image, None where there is none of that name."""
    try:
        return str(engine().images.get(name).id)
    except ImageNotFound:
        return None


def saved_names(instance: str) -> list[str]:
    """Return the names of an installation's images that sandboxes were kept as."""
    found = engine().api.images(filters={"label": f"{SAVED_LABEL}={instance}"})
    return sorted(name for image in found for name in image["RepoTags"] or () if name != _NO_NAME)


def forget(name: str) -> None:
    with removing():
        engine().api.remove_image(name)
