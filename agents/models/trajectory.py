from typing import ClassVar

from django.db import models


class TrajectoryChunk(models.Model):
    """Some consecutive steps of a trajectory. Append-only; the table is partitioned by month.

    `steps` is JSON text, a list in the form of `sandboxes.trajectories.steps.Step`; `heads` is the same list with what
    is long cut off (`sandboxes.trajectories.heads`), for who looks at all of them at once.
    """

    pk = models.CompositePrimaryKey("agent_run_id", "attempt", "first_step")
    agent_run_id = models.UUIDField()
    attempt = models.PositiveSmallIntegerField()
    first_step = models.IntegerField()
    organization_id = models.UUIDField()
    steps = models.TextField()
    heads = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "agents_trajectorychunk"
        ordering: ClassVar = ["agent_run_id", "attempt", "first_step"]

    def __str__(self) -> str:
        return f"steps from {self.first_step}"
