"""Who uses a model, as far as other rooms know: each says so by a function named here by its dotted path."""

import uuid
from collections.abc import Callable, Collection
from typing import cast

from django.utils.module_loading import import_string

from agents.models import ModelEndpoint

#: Called with an organization and all the references that name the model; each returns users in words.
_USES = ("agents.prompt_uses.agents_asking", "evaluation.judge_uses.pipelines_judged_by")

Uses = Callable[[uuid.UUID, Collection[str]], list[str]]


def users_of(endpoint: ModelEndpoint) -> list[str]:
    """Return what would miss an endpoint, in words."""
    refs = {endpoint.public_id, endpoint.model_id, endpoint.display_name}
    return [user for path in _USES for user in cast("Uses", import_string(path))(endpoint.organization_id, refs)]
