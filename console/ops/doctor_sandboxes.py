"""What the doctor says of sandbox definitions on this machine, and of sandboxes that are opened ahead."""

from collections.abc import Iterator

from django.conf import settings

from console.display.numbers import plural
from sandboxes.base import Backend
from sandboxes.errors import SandboxError
from sandboxes.report import Finding, Level


def definition_findings(backend: Backend) -> Iterator[Finding]:
    """Yield a line for each image and runtime that definitions may name and that is not here; else one for all."""
    try:
        known = backend.capabilities()
    except SandboxError as error:
        yield Finding(Level.WARNING, "Definitions", error.message, error.fix)
        return
    lacking = [*_missing_images(backend), *_missing_runtimes(known.runtimes)]
    yield from lacking
    if not lacking:
        held = "everything" if not known.cannot else f"all but {', '.join(sorted(known.cannot))}"
        yield Finding(Level.OK, "Definitions", f"Sandbox definitions can be held to {held} here.")


def ahead_findings(backend: Backend) -> Iterator[Finding]:
    """Yield a line on sandboxes that wait for a run, where the backend has such."""
    shelf, most = backend.warm_shelf(), settings.CALLBOARD_WARM_SANDBOXES
    if shelf is None:
        return
    if not most:
        yield Finding(Level.OK, "Opened ahead", "None: CALLBOARD_WARM_SANDBOXES is 0.")
        return
    words = plural(len(shelf.parked()), "sandbox", "sandboxes")
    yield Finding(Level.OK, "Opened ahead", f"{words}, at most {most} for each agent that ran lately.")


def _missing_images(backend: Backend) -> Iterator[Finding]:
    for image in settings.CALLBOARD_SANDBOX_IMAGES:
        try:
            backend.fingerprint(image)
        except SandboxError:
            text = f"Definitions may name the image {image}, which is not here."
            yield Finding(Level.WARNING, "Definitions", text, f"docker pull {image}")


def _missing_runtimes(known: tuple[str, ...]) -> Iterator[Finding]:
    for runtime in settings.CALLBOARD_SANDBOX_RUNTIMES:
        if runtime not in known:
            text = f"Definitions may name the runtime {runtime}, which is not here."
            yield Finding(
                Level.WARNING, "Definitions", text, "Install it in the container engine, or take it off the list."
            )
