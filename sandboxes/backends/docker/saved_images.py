"""Sandboxes that are kept as images: the system with what was installed into it."""

from docker.errors import ImageNotFound

from sandboxes.backends.docker.container import LABEL
from sandboxes.backends.docker.engine import engine, removing

#: The label by which an image says that a sandbox of an installation was kept as it.
SAVED_LABEL = f"{LABEL}.saved"


def save(container: str, name: str) -> str:
    """Keep a container's system under a name and return the image's id. Volumes and mounts are no part of it.

    The labels of the sandbox would go with it and be taken for those of sandboxes opened of it: they are blanked.
    """
    labels = engine().api.inspect_container(container)["Config"]["Labels"] or {}
    blanked = [f'LABEL "{key}"=""' for key in sorted(labels) if key.startswith(f"{LABEL}.")]
    changes = [*blanked, f'LABEL "{SAVED_LABEL}"="{labels[f"{LABEL}.instance"]}"']
    repository, _, tag = name.partition(":")
    made = engine().api.commit(container, repository=repository, tag=tag or "latest", changes=changes)
    return str(made["Id"])


def image_id(name: str) -> str | None:
    """Return the id of an image, None where there is none of that name."""
    try:
        return str(engine().images.get(name).id)
    except ImageNotFound:
        return None


def saved_names(instance: str) -> list[str]:
    """Return the names of an installation's images that sandboxes were kept as."""
    found = engine().api.images(filters={"label": f"{SAVED_LABEL}={instance}"})
    return sorted(name for image in found for name in image["RepoTags"] or ())


def forget(name: str) -> None:
    with removing():
        engine().api.remove_image(name)
