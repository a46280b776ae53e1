import uuid
from typing import ClassVar

from django.db import models

from console.tenancy import OrgOwned, ProjectOwned


class Dialect(models.TextChoices):
    """The language a pipeline is written in. Each is parsed into the same graph."""

    FIELDS = "fields", "Agent fields"
    STAGES = "stages", "Stages"
    STEPS = "steps", "Steps"
    NODES = "nodes", "Nodes"


class Pipeline(ProjectOwned):
    """A definition that can be edited (its draft) and published (its versions)."""

    ID_PREFIX = "pipe"

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=5_000)
    dialect = models.CharField(max_length=16, choices=Dialect.choices)
    draft = models.JSONField(default=dict)
    #: False where the draft is just what the latest version says.
    has_changes = models.BooleanField(default=True)
    latest = models.ForeignKey(
        "orchestration.PipelineVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    latest_id: uuid.UUID | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=models.Q(archived_at=None), name="pipeline_name_in_project"
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


class PipelineVersion(OrgOwned):
    """What was published once: never changed again, and kept by the runs that started with it."""

    ID_PREFIX = "pver"

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    graph = models.JSONField()
    published_by = models.CharField(max_length=255)

    pipeline_id: uuid.UUID

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pipeline", "number"], name="pipeline_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline} v{self.number}"
