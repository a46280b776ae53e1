from typing import ClassVar

from django.db import models

from agents.models import VerdictWord
from console.tenancy import OrgOwned


class Verdict(OrgOwned):
    """One grading of one agent run. Grading again adds a row; the one with the highest number counts."""

    ID_PREFIX = "verd"

    agent_run = models.ForeignKey("agents.AgentRun", on_delete=models.CASCADE, related_name="verdicts")
    number = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=16, choices=VerdictWord.choices)
    reasoning = models.TextField()
    #: Why there is no verdict; empty unless it is UNGRADED.
    ungraded_reason = models.TextField(blank=True)
    #: `[{"name", "origin", "passed", "evidence"}]` in the order of the rubric; `passed` null is not judged.
    items = models.JSONField(default=list)
    model = models.CharField(max_length=255)
    #: Whether no model had a part in it.
    is_rules = models.BooleanField(default=False)
    raw_reply = models.TextField(blank=True)
    prompt_sha256 = models.CharField(max_length=64, blank=True)
    tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    graded_by = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agent_run", "number"], name="verdict_number")]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.model}"
