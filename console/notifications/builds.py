"""What is written when the build of an image has ended, in its transaction: whoever asked for it is told."""

import functools
import logging
import uuid

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from agents.models import AgentImage, ImageState
from console.live.people import tell_people
from console.models import Membership, Notification, Project

log = logging.getLogger(__name__)

READY, FAILED = "image_ready", "image_failed"
_LONGEST_BODY = 1_000


def ended(image_id: uuid.UUID) -> None:
    """Tell the person who asked for a build. A build must not fail because nobody could be told."""
    try:
        with transaction.atomic():
            _write(AgentImage.objects.select_related("agent").get(pk=image_id))
    except Exception:
        log.exception("nobody could be told that the build of image %s has ended", image_id)


def _write(image: AgentImage) -> None:
    if image.requested_by_id is None or image.agent is None:
        return
    project = _project_for(image.requested_by_id, image.organization_id)
    if project is None:
        return
    is_ready = image.state == ImageState.READY
    title = f"The image of {image.agent.name} {'is ready' if is_ready else 'could not be built'}"
    Notification.objects.create(
        organization_id=image.organization_id, project=project, user_id=image.requested_by_id,
        kind=READY if is_ready else FAILED, title=title[:300], body=image.error[:_LONGEST_BODY],
        url=reverse("agent", args=[image.agent.public_id]), settled_at=timezone.now(),
    )  # fmt: skip
    transaction.on_commit(functools.partial(tell_people, [image.requested_by_id]))


def _project_for(user_id: uuid.UUID, organization_id: uuid.UUID) -> Project | None:
    """Return a project by which the person sees what the organization tells; None for who is no longer there.

    Images belong to the organization, notifications to a project.
    """
    memberships = Membership.objects.filter(user_id=user_id, user__is_active=True, organization_id=organization_id)
    held = list(memberships.values_list("project_id", flat=True))
    projects = Project.objects.filter(organization_id=organization_id).order_by("pk")
    if None not in held:
        projects = projects.filter(pk__in=held)
    return projects.first()
