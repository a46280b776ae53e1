"""What the head of every page of one pipeline shows."""

from console.display import pipelines as shown
from console.session import PlacedRequest
from console.views.rights import rights
from orchestration.models import Dialect, Pipeline
from orchestration.presets import is_preset
from orchestration.queries import pipeline_versions_for


def head(request: PlacedRequest, pipeline: Pipeline, part: str) -> dict[str, object]:
    """Return what `pipelines/head.html` needs; `part` is `overview`, `versions` or `start`."""
    return {
        "pipeline": pipeline,
        "pipeline_page": part,
        "is_fields": pipeline.dialect == Dialect.FIELDS,
        "is_preset": is_preset(pipeline),
        "state": shown.state_word(pipeline),
        "version_count": pipeline_versions_for(request.place.actor, pipeline).count(),
        **rights(request, pipeline.project_id),
    }
