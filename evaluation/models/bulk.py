from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from console.tenancy import ProjectOwned


class BulkVerb(models.TextChoices):
    """What can be done with many runs at once."""

    RERUN = "rerun", "Rerun"
    REGRADE = "regrade", "Re-grade"
    CANCEL = "cancel", "Cancel"


class BulkAct(ProjectOwned):
    """Something that is done with more runs than a request has time for.

    `position` counts the runs dealt with, and is moved in the transaction that deals with them: so a worker may die
    anywhere, two may try at once, and every run is dealt with once.
    """

    ID_PREFIX = "bulk"

    verb = models.CharField(max_length=16, choices=BulkVerb.choices)
    agent_run_ids = ArrayField(models.UUIDField())
    position = models.PositiveIntegerField(default=0)
    #: Runs that the verb fitted.
    done = models.PositiveIntegerField(default=0)
    created_by_id = models.UUIDField(null=True)
    created_by = models.CharField(max_length=255, blank=True)
    finished_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="bulk_unfinished", condition=models.Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {len(self.agent_run_ids)} runs"
