from typing import ClassVar

from django.db import models

from console.tenancy import ProjectOwned


class RunEvent(models.Model):
    """Something that happened in a run. Append-only; the table is partitioned by month, so that retention is a drop.

    `data` is the JSON text that goes out, kept as text: what agents say may hold what a jsonb column refuses.
    """

    pk = models.CompositePrimaryKey("run_id", "seq")
    run_id = models.UUIDField()
    seq = models.IntegerField()
    organization_id = models.UUIDField()
    kind = models.CharField(max_length=64)
    data = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "orchestration_runevent"
        ordering: ClassVar = ["run_id", "seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class ReceivedEvent(ProjectOwned):
    """Something that happened outside, told by its name and a correlation key. It wakes the steps that wait for it.

    It is kept, so that a step that begins to wait a moment later finds it.
    """

    ID_PREFIX = "evt"

    name = models.CharField(max_length=255)
    key = models.CharField(max_length=255, blank=True)
    payload = models.JSONField(null=True)
    #: The sender's own name for it: the same one twice is one event.
    idempotency_key = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "name", "key", "id"], name="received_event")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="received_event_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"
