import uuid
from collections.abc import Collection

from django.db.models import Q

from orchestration.models import Pipeline

_MOST_NAMED = 5


def pipelines_judged_by(organization_id: uuid.UUID, refs: Collection[str]) -> list[str]:
    """Return the pipelines, in words, whose latest version names one of `refs` as its judge; the first few of them."""
    named = Q()
    for ref in refs:
        named |= Q(latest__graph__nodes__contains=[{"config": {"judge_model": ref}}])
    pipelines = Pipeline.objects.filter(named, organization_id=organization_id, archived_at=None).order_by("name")
    return [f"the pipeline {pipeline.name}" for pipeline in pipelines[:_MOST_NAMED]]
