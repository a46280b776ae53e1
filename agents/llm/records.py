"""What is kept of each call, also of one that failed."""

import uuid
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from agents.llm.prompt import Usage
from agents.models import AgentRun, ModelCall, ModelEndpoint, Purpose


class MadeFor(NamedTuple):
    """The pipeline run and the step that a call was made for."""

    run_id: uuid.UUID
    step_id: uuid.UUID | None = None


def record_call(
    *,
    endpoint: ModelEndpoint,
    purpose: Purpose,
    agent_run: AgentRun | None,
    usage: Usage,
    latency_ms: int,
    made_for: MadeFor | None = None,
    error: str = "",
) -> None:
    """Keep a call and add what it took to its run, by an update that other writers of the row can't undo."""
    ModelCall.objects.create(
        organization_id=endpoint.organization_id,
        endpoint=endpoint,
        agent_run=agent_run,
        run_id=made_for and made_for.run_id,
        step_id=made_for and made_for.step_id,
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


def usage_of_run(organization_id: uuid.UUID, run_id: uuid.UUID) -> Usage:
    """Return what all the model calls of a pipeline run took together, those of its agents' judges too."""
    calls = ModelCall.objects.filter(organization_id=organization_id)
    # Two questions, each by an index: as one they would be answered by reading every call there is.
    return _sum(calls.filter(run_id=run_id)) + _sum(calls.filter(run_id=None, agent_run__run_id=run_id))


def _sum(calls: "QuerySet[ModelCall]") -> Usage:
    sums = calls.aggregate(inputs=Sum("input_tokens"), outputs=Sum("output_tokens"), cost=Sum("cost"))
    return Usage(sums["inputs"] or 0, sums["outputs"] or 0, sums["cost"])


def _add_to_run(agent_run: AgentRun, usage: Usage) -> None:
    changes = {"tokens": F("tokens") + usage.tokens}
    if usage.cost is not None:
        changes["cost"] = Coalesce(F("cost"), Decimal(0)) + usage.cost
    AgentRun.objects.filter(pk=agent_run.pk).update(**changes)
