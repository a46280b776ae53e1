"""Looks over a machine's images: what is gone is noted, what is outdated too, and what nothing uses is removed."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Now

from agents.images import listeners, states
from agents.images.digests import digest_of
from agents.models import Agent, AgentImage, AgentRun, AgentRunStatus, AgentVersion, ImageState
from console.ids import from_public
from sandboxes import registry
from sandboxes.dockerfile import Refused
from sandboxes.errors import NotSupported, SandboxUnavailable
from sandboxes.image_shelf import ImageShelf

log = logging.getLogger(__name__)


def clean() -> int:
    """Look over the images of this machine; return how many were removed. Harmless where it has none."""
    try:
        shelf = registry.choose().shelf()
        place = shelf.place()
        note_what_is_gone(shelf, place)
        note_what_is_outdated(shelf, place)
        return remove_unused(shelf, place) + remove_strays(shelf)
    except (NotSupported, SandboxUnavailable) as error:
        log.debug("images could not be looked over: %s", error)
        return 0


def note_what_is_gone(shelf: ImageShelf, place: str) -> None:
    """Have images be built again that somebody removed behind our back."""
    for image in _ready(place):
        if not shelf.has(image.image) and states.forget_built(image.pk, image=image.image):
            log.warning("image %s is gone from this machine", image.public_id)


def note_what_is_outdated(shelf: ImageShelf, place: str) -> None:
    """Mark the images that stand on an earlier base image. Runs take them until they are rebuilt."""
    base = shelf.base()
    rows = _ready(place)
    changed = [*rows.exclude(base=base).filter(is_outdated=False), *rows.filter(base=base, is_outdated=True)]
    for image in changed:
        AgentImage.objects.filter(pk=image.pk, image=image.image).update(is_outdated=image.base != base)
        listeners.tell_changed(image.pk)


def remove_unused(shelf: ImageShelf, place: str) -> int:
    """Remove the images that no agent, no version and no run under way names, once that has been so for a while."""
    long_ago = Now() - timedelta(hours=settings.CALLBOARD_IMAGE_KEEP_HOURS)
    recent = Q(used_at__gte=long_ago) | Q(finished_at__gte=long_ago)
    removed = 0
    for image in AgentImage.objects.exclude(state=ImageState.BUILDING).filter(place__in=[place, ""]).exclude(recent):
        if image.digest in used_digests(image) or (image.image and not shelf.remove(image.image)):
            continue
        image.delete()
        removed += 1
    return removed


def remove_strays(shelf: ImageShelf) -> int:
    """Remove what is on the shelf and no row speaks of: what was rebuilt since, or was never noted."""
    removed = 0
    for digest, name in shelf.names().items():
        key = from_public(AgentImage.ID_PREFIX, name)
        image = AgentImage.objects.filter(pk=key).first() if key else None
        is_wanted = image is not None and (image.image == digest or image.state == ImageState.BUILDING)
        removed += not is_wanted and shelf.remove(digest)
    return removed


def used_digests(image: AgentImage) -> set[str]:
    """Return the digests of every Dockerfile that the image's organization may still run."""
    own = {"organization_id": image.organization_id}
    live = AgentVersion.objects.filter(**own, agent__archived_at=None)
    under_way = AgentRun.objects.filter(**own, status__in=[AgentRunStatus.QUEUED, AgentRunStatus.RUNNING])
    pinned = AgentVersion.objects.filter(pk__in=under_way.values("version_id"))
    drafts = Agent.objects.filter(**own, archived_at=None).exclude(draft__dockerfile=None)
    bodies = {*drafts.values_list(KT("draft__dockerfile"), flat=True), *_bodies(live), *_bodies(pinned)}
    return {digest for body in bodies if body and (digest := _digest(body))}


def _digest(body: str) -> str:
    try:
        return digest_of(body)
    except Refused:  # by rules that came later: nothing can run on it
        return ""


def _bodies(versions: "QuerySet[AgentVersion]") -> Iterable[str]:
    rows = versions.exclude(spec__dockerfile=None).values_list(KT("spec__dockerfile"), flat=True)
    found: Iterable[str] = rows.distinct()
    return found


def _ready(place: str) -> "QuerySet[AgentImage]":
    rows: QuerySet[AgentImage] = AgentImage.objects.filter(state=ImageState.READY, place=place)
    return rows
