import uuid
from typing import ClassVar

from django.db import models

from console.tenancy import ProjectOwned


class DatasetStatus(models.TextChoices):
    """How far an upload has come. A checked one has been read to its end, and nothing was created from it yet."""

    CHECKED = "checked", "Checked"
    SEEDING = "seeding", "Seeding"
    PAUSED = "paused", "Paused"
    SEEDED = "seeded", "Seeded"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


class Dataset(ProjectOwned):
    """An upload and how far its rows have become tasks.

    Rows are created in the order of the file. `read_rows` counts those dealt with, and is moved in the transaction
    that creates their tasks: that is what makes seeding safe to interrupt anywhere and to continue by anyone.
    """

    ID_PREFIX = "data"

    pipeline = models.ForeignKey("orchestration.Pipeline", on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey("orchestration.PipelineVersion", on_delete=models.CASCADE, related_name="+")
    agent_version = models.ForeignKey("agents.AgentVersion", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    trigger = models.CharField(max_length=16)
    #: Where the rows are kept, in Django's file storage.
    file = models.CharField(max_length=255)
    status = models.CharField(max_length=16, choices=DatasetStatus.choices, default=DatasetStatus.CHECKED)
    total_rows = models.PositiveIntegerField()
    #: Rows free of problems: those that become tasks.
    good_rows = models.PositiveIntegerField(default=0)
    #: Problems found in all; `left_out` lists the first thousand.
    problem_count = models.PositiveIntegerField(default=0)
    file_bytes = models.PositiveIntegerField(default=0)
    read_rows = models.PositiveIntegerField(default=0)
    created_rows = models.PositiveIntegerField(default=0)
    #: `[{"row", "column", "message"}]`: what is wrong with rows, which are left out where the rest is seeded.
    left_out = models.JSONField(default=list)
    error = models.TextField(blank=True)
    created_by_id = models.UUIDField(null=True)
    created_by = models.CharField(max_length=255, blank=True)
    finished_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    pipeline_id: uuid.UUID

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["pipeline", "-id"], name="dataset_by_pipeline"),
            models.Index(fields=["id"], name="dataset_unfinished", condition=models.Q(status=DatasetStatus.SEEDING)),
        ]

    def __str__(self) -> str:
        return self.name


class SeededTask(ProjectOwned):
    """One row of a dataset, its seed as it was frozen, and the run that stands for it now."""

    ID_PREFIX = "task"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="tasks")
    pipeline = models.ForeignKey("orchestration.Pipeline", on_delete=models.CASCADE, related_name="+")
    row = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    #: The axes of the row and a copy of the agent field's configuration at the moment of seeding.
    seed = models.JSONField()
    run = models.ForeignKey("orchestration.Run", on_delete=models.CASCADE, related_name="+")
    agent_run = models.ForeignKey("agents.AgentRun", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["dataset", "row"], name="task_of_row")]
        indexes: ClassVar = [models.Index(fields=["pipeline", "-id"], name="task_by_pipeline")]

    def __str__(self) -> str:
        return self.title
