"""What is kept of each call, also of one that failed."""

from decimal import Decimal

from django.db.models import F
from django.db.models.functions import Coalesce

from agents.llm.prompt import Usage
from agents.models import AgentRun, ModelCall, ModelEndpoint, Purpose


def record_call(
    *,
    endpoint: ModelEndpoint,
    purpose: Purpose,
    agent_run: AgentRun | None,
    usage: Usage,
    latency_ms: int,
    error: str = "",
) -> None:
    """Keep a call and add what it took to its run, by an update that other writers of the row can't undo."""
    ModelCall.objects.create(
        organization_id=endpoint.organization_id,
        endpoint=endpoint,
        agent_run=agent_run,
        purpose=purpose,
        model=endpoint.model_id,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost=usage.cost,
        latency_ms=latency_ms,
        error=error,
    )
    if agent_run is not None and usage.tokens:
        _add_to_run(agent_run, usage)


def _add_to_run(agent_run: AgentRun, usage: Usage) -> None:
    changes = {"tokens": F("tokens") + usage.tokens}
    if usage.cost is not None:
        changes["cost"] = Coalesce(F("cost"), Decimal(0)) + usage.cost
    AgentRun.objects.filter(pk=agent_run.pk).update(**changes)
