from typing import ClassVar

from django.db import models


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
