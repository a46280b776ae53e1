import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from console.tenancy import OrgOwned, ProjectOwned
from orchestration.states import ADMITTED, LIVE, RunStatus, StepStatus


class Trigger(models.TextChoices):
    """What started a run."""

    MANUAL = "manual", "By hand"
    CSV = "csv", "Seeded from CSV"
    API = "api", "API"
    RERUN = "rerun", "Rerun"
    DEMO = "demo", "Demo"
    CHILD = "child", "Another run"


class Run(ProjectOwned):
    """One execution of a pipeline version.

    `seq` is the number of its last event. Everything about a run is written under its row lock, so that the order of
    the numbers is the order of the commits.
    """

    ID_PREFIX = "run"

    pipeline = models.ForeignKey("orchestration.Pipeline", on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey("orchestration.PipelineVersion", on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=16, choices=[(s.value, s.title()) for s in RunStatus])
    title = models.CharField(max_length=300, blank=True)
    input = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    seq = models.IntegerField(default=0)
    wave = models.IntegerField(default=0)
    trigger = models.CharField(max_length=16, choices=Trigger.choices)
    created_by_id = models.UUIDField(null=True)
    rerun_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    rerun_from = models.CharField(max_length=128, blank=True)
    #: The step that started this run as a child and waits for its end.
    parent_step = models.ForeignKey(
        "orchestration.StepRun", on_delete=models.CASCADE, null=True, related_name="children", db_index=False
    )
    #: What the parent step knows this child by, such as the place of an item in its list.
    child_key = models.CharField(max_length=255, blank=True)
    #: How many runs stand above this one.
    depth = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    cancelled_by = models.CharField(max_length=255, blank=True)

    version_id: uuid.UUID
    pipeline_id: uuid.UUID
    parent_step_id: uuid.UUID | None

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["project", "-id"], name="run_by_project"),
            models.Index(fields=["pipeline", "-id"], name="run_by_pipeline"),
            models.Index(fields=["id"], name="run_unfinished", condition=Q(finished_at=None)),
        ]
        constraints: ClassVar = [
            # Two that start the same child at once are a mistake of ours that must not do the work twice.
            models.UniqueConstraint(
                fields=["parent_step", "child_key"], name="run_child", condition=Q(parent_step__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.public_id


class StepRun(OrgOwned):
    """One attempt at one node of a run.

    The row is the fence: an attempt that was presumed dead is `lost`, a new row stands for it, and whatever the old
    worker still writes finds its row no longer running.
    """

    ID_PREFIX = "step"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    node_id = models.CharField(max_length=128)
    kind = models.CharField(max_length=64)
    #: Counts the times a stage was sent back; 0 is the first time through.
    generation = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=1)
    #: Attempts in this generation whose worker fell silent.
    losses = models.PositiveSmallIntegerField(default=0)
    wave = models.IntegerField(default=0)
    status = models.CharField(max_length=16, choices=[(s.value, s.title()) for s in StepStatus])
    queue = models.CharField(max_length=32, blank=True)
    #: The agent whose cap the step counts against. Not a foreign key: deleting an agent must not touch the journal.
    agent_id = models.UUIDField(null=True)
    #: Steps its organization had in flight when it was offered: the fewer, the sooner it is taken. Below nothing for an
    #: attempt that follows another: the step has had its turn already.
    rank = models.IntegerField(default=0)
    output = models.JSONField(null=True)
    route = models.CharField(max_length=255, null=True)  # noqa: DJ001  # null is no route, "" is a route
    error = models.JSONField(null=True)
    #: What a suspended step waits for: `{"type", …}`, as the page and the API show it.
    waiting_for = models.JSONField(null=True)
    due_at = models.DateTimeField(null=True)
    #: The event that wakes a suspended step, and the correlation key it must carry.
    event_name = models.CharField(max_length=255, blank=True)
    event_key = models.CharField(max_length=255, blank=True)
    #: The received event that woke it. An event wakes a run's steps once.
    event_id = models.UUIDField(null=True)
    #: Set where the step sent the run back: `{"to": node id, "feedback"}`.
    rewind = models.JSONField(null=True)
    claimed_by = models.CharField(max_length=128, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    #: The number of the event that settled it; null while it is live, cancelled or lost.
    settled_seq = models.IntegerField(null=True)

    run_id: uuid.UUID

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "node_id", "generation", "attempt"], name="step_attempt"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["queue", "rank", "id"], name="step_ready", condition=Q(status=StepStatus.READY)),
            models.Index(
                fields=["organization", "agent_id", "id"], name="step_queued", condition=Q(status=StepStatus.QUEUED)
            ),
            models.Index(
                fields=["organization", "agent_id"], name="step_admitted", condition=Q(status__in=[*ADMITTED])
            ),
            models.Index(fields=["lease_expires_at"], name="step_leased", condition=Q(status=StepStatus.RUNNING)),
            models.Index(fields=["run"], name="step_live", condition=Q(status__in=[*LIVE])),
            models.Index(fields=["due_at"], name="step_due", condition=Q(status=StepStatus.SCHEDULED)),
            models.Index(
                fields=["due_at"], name="step_wait_due", condition=Q(status=StepStatus.WAITING, due_at__isnull=False)
            ),
            models.Index(
                fields=["organization", "event_name", "event_key"],
                name="step_wait_event",
                condition=Q(status=StepStatus.WAITING) & ~Q(event_name=""),
            ),
            models.Index(fields=["run", "settled_seq"], name="step_settled", condition=Q(settled_seq__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} #{self.attempt}"
