import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from console.tenancy import OrgOwned


class ImageState(models.TextChoices):
    """What there is of an image. Only one that is ready can be run on."""

    NOT_BUILT = "not_built", "Not built"
    BUILDING = "building", "Building"
    READY = "ready", "Ready"
    FAILED = "failed", "Build failed"


class AgentImage(OrgOwned):
    """The image of one Dockerfile body, built once for an organization however many of its agents have that body.

    `build` counts its builds: whoever writes as the worker of build n does so only while it is still n and building.
    """

    ID_PREFIX = "img"

    #: Of the body's normal form and the name of the base image.
    digest = models.CharField(max_length=64)
    #: As it was when it was last built.
    dockerfile = models.TextField()
    state = models.CharField(max_length=16, choices=ImageState.choices, default=ImageState.NOT_BUILT)
    build = models.PositiveIntegerField(default=0)
    #: For whom it was last built.
    agent = models.ForeignKey("agents.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    requested_by_id = models.UUIDField(null=True)
    requested_by = models.CharField(max_length=255, blank=True)
    requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    #: Who builds it, blank while it waits for a worker.
    worker = models.CharField(max_length=255, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    #: Which step of how many is under way.
    step = models.PositiveSmallIntegerField(default=0)
    step_count = models.PositiveSmallIntegerField(default=0)
    #: The engine's digest of what was built, and of the base image that it was built on.
    image = models.CharField(max_length=100, blank=True)
    base = models.CharField(max_length=100, blank=True)
    #: Which machine's engine has it.
    place = models.CharField(max_length=255, blank=True)
    #: What it adds to the base image.
    size_bytes = models.BigIntegerField(null=True)
    #: Whether the base image has changed since.
    is_outdated = models.BooleanField(default=False)
    #: Why there is none, in a sentence; blank where nothing went wrong.
    error = models.TextField(blank=True)
    #: When a run last took it.
    used_at = models.DateTimeField(null=True)

    agent_id: uuid.UUID | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "digest"], name="image_of_dockerfile"),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(state=ImageState.BUILDING), name="one_image_build_at_a_time"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="image_building", condition=Q(state=ImageState.BUILDING)),
        ]

    def __str__(self) -> str:
        return f"image {self.digest[:12]}"


class ImageLogPiece(OrgOwned):
    """Consecutive lines of one stream of a build's log, as they came."""

    ID_PREFIX = "imglog"

    owner = models.ForeignKey(AgentImage, on_delete=models.CASCADE, related_name="log")
    build = models.PositiveIntegerField()
    #: The number of its first line, from 1.
    first = models.PositiveIntegerField()
    stream = models.CharField(max_length=8)
    lines = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "build", "first"], name="image_log_line"),
        ]

    def __str__(self) -> str:
        return f"lines from {self.first}"
