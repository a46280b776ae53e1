from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from console.tenancy import OrgOwned


class SandboxDefinition(OrgOwned):
    """What a sandbox is like, for agents to choose by name: its image, its limits, and what it may reach."""

    ID_PREFIX = "sbx"

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=5_000)
    #: In the form of `agents.sandbox_definitions.shape.SandboxSettings`.
    settings = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organization", Lower("name"), condition=models.Q(archived_at=None),
                name="sandbox_definition_name_in_organization",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
