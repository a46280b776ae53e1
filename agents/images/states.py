"""The only writer of an image's state. Each write holds only where the state before is the one that it assumes."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from agents.images import listeners
from agents.models import AgentImage, ImageLogPiece, ImageState
from sandboxes.image_shelf import KeptImage

#: A worker that has not renewed its claim for so long is taken for dead.
LEASE_SECONDS = 30
WORKER_LOST = "The worker that built it was stopped or died. Rebuild."


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to write what becomes of one build."""

    image_id: uuid.UUID
    build: int
    worker: str


def begin(image: AgentImage, **words: object) -> bool:
    """Have an image be built anew, unless it is being built; return whether it will be.

    Raise IntegrityError where another image of the organization is being built. `words` are who wants it, and for whom.
    """
    rows = AgentImage.objects.filter(pk=image.pk).exclude(state=ImageState.BUILDING)
    began = rows.update(
        state=ImageState.BUILDING, build=F("build") + 1, requested_at=Now(), started_at=None, finished_at=None,
        worker="", lease_expires_at=None, step=0, step_count=0, error="", **words,
    )  # fmt: skip
    if began:
        ImageLogPiece.objects.filter(owner_id=image.pk).delete()
        listeners.tell_changed(image.pk)
    return bool(began)


def claim(image_id: uuid.UUID, *, worker: str) -> Claim | None:
    """Take a build that waits for a worker; None where there is none, or another worker has it."""
    rows = AgentImage.objects.filter(pk=image_id, state=ImageState.BUILDING, worker="")
    if not rows.update(worker=worker, started_at=Now(), lease_expires_at=_lease()):
        return None
    listeners.tell_changed(image_id)
    return Claim(image_id, AgentImage.objects.values_list("build", flat=True).get(pk=image_id), worker)


def renew(claim: Claim) -> bool:
    """Hold a claim for longer; return whether the build is still wanted and ours."""
    return bool(_mine(claim).update(lease_expires_at=_lease()))


def note_step(claim: Claim, number: int, *, of: int) -> None:
    """Note which step of how many is under way, 0 before the first."""
    _mine(claim).update(step=number, step_count=of)
    listeners.tell_changed(claim.image_id)


@transaction.atomic
def ready(claim: Claim, kept: KeptImage, *, base: str, place: str) -> bool:
    """Note what was built; return whether it was still wanted."""
    done = _mine(claim).update(
        state=ImageState.READY, finished_at=Now(), image=kept.digest, size_bytes=kept.added_bytes, base=base,
        place=place, is_outdated=False, error="",
    )  # fmt: skip
    return _ended(claim.image_id, is_done=bool(done))


@transaction.atomic
def failed(claim: Claim, error: str) -> bool:
    """Note why nothing was built; return whether that was still wanted."""
    done = _mine(claim).update(state=ImageState.FAILED, finished_at=Now(), error=error)
    return _ended(claim.image_id, is_done=bool(done))


@transaction.atomic
def lose(image_id: uuid.UUID) -> bool:
    """Note that the worker of a build is dead, where its claim has run out."""
    rows = AgentImage.objects.filter(pk=image_id, state=ImageState.BUILDING, lease_expires_at__lt=Now())
    done = rows.update(state=ImageState.FAILED, finished_at=Now(), error=WORKER_LOST)
    return _ended(image_id, is_done=bool(done))


def cancel(image_id: uuid.UUID, *, by: str) -> bool:
    """Want a build no more; return whether there was one."""
    rows = AgentImage.objects.filter(pk=image_id, state=ImageState.BUILDING)
    done = rows.update(state=ImageState.NOT_BUILT, finished_at=Now(), error=f"The build was cancelled by {by}.")
    listeners.tell_changed(image_id)
    return bool(done)


def forget_built(image_id: uuid.UUID, *, image: str) -> bool:
    """Note that an image is gone from its machine."""
    rows = AgentImage.objects.filter(pk=image_id, state=ImageState.READY, image=image)
    done = rows.update(state=ImageState.NOT_BUILT, image="", error="The image was removed from its machine. Build it.")
    listeners.tell_changed(image_id)
    return bool(done)


def _mine(claim: Claim) -> "QuerySet[AgentImage]":
    rows: QuerySet[AgentImage] = AgentImage.objects.filter(
        pk=claim.image_id, build=claim.build, worker=claim.worker, state=ImageState.BUILDING
    )
    return rows


def _lease() -> object:
    """By the database's clock: those of machines may differ."""
    return Now() + timedelta(seconds=LEASE_SECONDS)


def _ended(image_id: uuid.UUID, *, is_done: bool) -> bool:
    if is_done:
        listeners.tell_ended(image_id)
        listeners.tell_changed(image_id)
    return is_done
