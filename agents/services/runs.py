import uuid

from django.utils import timezone

from agents.models import AgentRun, AgentRunStatus


def agent_runs_cancelled(*, run_id: uuid.UUID) -> None:
    """Mark what a pipeline run that has ended still had under way, in the caller's transaction."""
    AgentRun.objects.filter(run_id=run_id, status__in=[AgentRunStatus.QUEUED, AgentRunStatus.RUNNING]).update(
        status=AgentRunStatus.CANCELLED, finished_at=timezone.now()
    )
