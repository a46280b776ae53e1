import uuid
from typing import ClassVar

from django.db import models

from console.tenancy import ProjectOwned


class AgentRunStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class VerdictWord(models.TextChoices):
    """Whether the work was any good. An answer of the judge that can't be read is never a FAIL."""

    PASS = "PASS", "Pass"  # a verdict, not a password
    FAIL = "FAIL", "Fail"
    UNGRADED = "UNGRADED", "Ungraded"


class AgentRun(ProjectOwned):
    """One dispatch of one agent version: one input, one sandbox, one trajectory, one outcome.

    Whoever writes as the worker of attempt n does so only while `attempt` is still n.
    """

    ID_PREFIX = "arun"

    agent = models.ForeignKey("agents.Agent", on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey("agents.AgentVersion", on_delete=models.CASCADE, related_name="+")
    #: The pipeline run it belongs to and the node that asked for it.
    run_id = models.UUIDField()
    node_id = models.CharField(max_length=128)
    #: The seeded task it was made for, if any.
    task_id = models.UUIDField(null=True)
    #: Where it comes from, kept here so that lists of runs need no join: the pipeline, and the dataset of its task.
    pipeline_id = models.UUIDField(null=True)
    dataset_id = models.UUIDField(null=True)
    title = models.CharField(max_length=300)
    task_input = models.JSONField()
    status = models.CharField(max_length=16, choices=AgentRunStatus.choices, default=AgentRunStatus.QUEUED)
    phase = models.CharField(max_length=16, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    #: `[{"name", "started_at", "duration_ms"?, "failed"?}]`, in the order they ran; without a duration it still runs.
    phases = models.JSONField(default=list)
    sandbox = models.CharField(max_length=32, blank=True)
    #: The digest of the image that the sandbox was opened with; blank is the default one.
    image = models.CharField(max_length=255, blank=True, db_default="")
    #: Where its code was from, as its source says: an archive and its digest, or a repository and its commit.
    code_origin = models.JSONField(default=dict, db_default={})
    final_response = models.TextField(null=True)  # noqa: DJ001  # null is no answer, "" is an empty answer
    #: The agent's own exception, which is a result and is graded: `{"type", "message", "traceback"}`.
    exception = models.JSONField(null=True)
    #: Why the run broke, which is not graded: `{"code", "message", "cause", "fix", "detail"}`.
    error = models.JSONField(null=True)
    error_code = models.CharField(max_length=64, blank=True)
    cause = models.CharField(max_length=16, blank=True)
    verdict = models.CharField(max_length=16, choices=VerdictWord.choices, blank=True)
    #: The first failed item of the verdict, in a few words.
    failure_mode = models.CharField(max_length=255, blank=True)
    judge = models.CharField(max_length=255, blank=True)
    #: Who asked for it to be graded again, until that is done; and how long the worker that does it may take.
    regrade_by = models.CharField(max_length=255, blank=True, default="", db_default="")
    regrade_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    #: When trajectory and answer were stored; a later attempt only grades.
    collected_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    step_count = models.PositiveIntegerField(default=0)
    log_lines = models.PositiveIntegerField(default=0)

    agent_id: uuid.UUID
    version_id: uuid.UUID

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"], name="arun_by_project"),
            models.Index(fields=["project", "status", "-id"], name="arun_by_status"),
            models.Index(fields=["project", "verdict", "-id"], name="arun_by_verdict"),
            models.Index(fields=["agent", "-id"], name="arun_by_agent"),
            models.Index(fields=["pipeline_id", "-id"], name="arun_by_pipeline"),
            models.Index(fields=["dataset_id", "-id"], name="arun_by_dataset"),
            models.Index(fields=["project", "cause", "-id"], name="arun_by_cause", condition=~models.Q(cause="")),
            models.Index(fields=["run_id"], name="arun_by_run"),
            models.Index(fields=["task_id"], name="arun_by_task"),
            models.Index(fields=["id"], name="arun_to_regrade", condition=~models.Q(regrade_by="")),
        ]

    def __str__(self) -> str:
        return self.title
