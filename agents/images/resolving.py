"""Which image an agent run is opened with: the one that was built of its version's Dockerfile, and no other."""

import uuid
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from agents.errors import AgentRunFailed, FailureCode
from agents.images.digests import digest_of
from agents.models import AgentImage, ImageState
from agents.spec import AgentSpec
from sandboxes import registry
from sandboxes.errors import NotSupported, SandboxUnavailable

_NOTE_USE_EVERY = timedelta(minutes=5)
_GONE = "The worker that took the run does not have it: it was removed, or built on another machine. Rebuild it."


def image_of(organization_id: uuid.UUID, spec: AgentSpec) -> str | None:
    """Return the digest of the image that a run of this spec takes, None for the default image.

    Raise AgentRunFailed (`image_not_ready`, `image_build_failed`, `sandbox_unavailable`) where it can't be had: nothing
    else is ever taken in its place.
    """
    if not spec.dockerfile:
        return None
    rows = AgentImage.objects.filter(organization_id=organization_id, digest=digest_of(spec.dockerfile))
    image = rows.first()
    _refuse_unready(image)
    if image is None or not _is_here(image.image):
        raise AgentRunFailed(FailureCode.IMAGE_NOT_READY, _GONE)
    unnoted = Q(used_at=None) | Q(used_at__lt=Now() - _NOTE_USE_EVERY)
    rows.filter(unnoted).update(used_at=Now())
    return str(image.image)


def _refuse_unready(image: AgentImage | None) -> None:
    match image.state if image is not None else ImageState.NOT_BUILT:
        case ImageState.NOT_BUILT:
            raise AgentRunFailed(FailureCode.IMAGE_NOT_READY, "It was never built, or is no longer there.")
        case ImageState.BUILDING:
            raise AgentRunFailed(FailureCode.IMAGE_NOT_READY, "It is still being built.")
        case ImageState.FAILED:
            raise AgentRunFailed(FailureCode.IMAGE_BUILD_FAILED, image.error if image is not None else "")


def _is_here(digest: str) -> bool:
    try:
        return registry.choose().shelf().has(digest)
    except (NotSupported, SandboxUnavailable) as error:
        raise AgentRunFailed(FailureCode.SANDBOX_UNAVAILABLE, f"{error.message} {error.fix}".strip()) from error
