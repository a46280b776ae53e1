import uuid
from collections.abc import Collection

from django.db.models import Q

from orchestration.models import Pipeline

_MOST_NAMED = 5


def pipelines_calling(organization_id: uuid.UUID, refs: Collection[str]) -> list[str]:
    """Return the pipelines, in words, whose latest version calls a tool by one of `refs`; the first few of them."""
    named = Q()
    for ref in refs:
        named |= Q(latest__graph__nodes__contains=[{"config": {"tool_id": ref}}])
    pipelines = Pipeline.objects.filter(named, organization_id=organization_id, archived_at=None).order_by("name")
    return [f"the pipeline {pipeline.name}" for pipeline in pipelines[:_MOST_NAMED]]
