import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower

from console.tenancy import OrgOwned


class Agent(OrgOwned):
    """What does work. The draft can be edited; only a published version can be dispatched."""

    ID_PREFIX = "agt"

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=5_000)
    runtime = models.CharField(max_length=16)
    draft = models.JSONField(default=dict)
    #: False where the draft is just what the latest version says.
    has_changes = models.BooleanField(default=True)
    #: Runs of this agent at once. Takes effect as soon as it is saved, for every version.
    concurrency = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1), MaxValueValidator(100)])
    latest = models.ForeignKey(
        "agents.AgentVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    latest_id: uuid.UUID | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organization", Lower("name"), condition=models.Q(archived_at=None), name="agent_name_in_organization"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """Return `draft`, `published`, or `changed`: published, with a draft that differs from it."""
        if self.latest_id is None:
            return "draft"
        return "changed" if self.has_changes else "published"


class AgentVersion(OrgOwned):
    """What was published once: never changed again, and kept by the runs dispatched with it."""

    ID_PREFIX = "aver"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    published_by = models.CharField(max_length=255)

    agent_id: uuid.UUID

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "number"], name="agent_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} v{self.number}"
