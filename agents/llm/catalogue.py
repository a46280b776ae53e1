"""Finds the model that a reference names.

A reference is `builtin/rules`, an endpoint's public id, or, as people write it, its model id or display name where only
one endpoint of the organization goes by it.
"""

import uuid
from dataclasses import dataclass

from django.db.models import Q

from agents.models import ModelDefaults, ModelEndpoint
from console.ids import from_public

RULES = "builtin/rules"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model that was found. `key` names it for good; `endpoint` is None for the one that is no model at all."""

    key: str
    label: str
    endpoint: ModelEndpoint | None = None

    @property
    def is_rules(self) -> bool:
        return self.endpoint is None


BUILTIN_RULES = ModelRef(key=RULES, label=RULES)


def resolve_model(organization_id: uuid.UUID, ref: str) -> ModelRef | None:
    """Return the model a reference names, or None where it names none, one that is archived, or several."""
    ref = ref.strip()
    if ref == RULES:
        return BUILTIN_RULES
    if not ref:
        return None
    key = from_public(ModelEndpoint.ID_PREFIX, ref)
    named = Q(model_id=ref) | Q(display_name=ref) if key is None else Q(pk=key)
    live = ModelEndpoint.objects.filter(organization_id=organization_id, archived_at=None)
    found = list(live.filter(named).select_related("credential")[:2])
    if len(found) != 1:
        return None
    return ModelRef(key=found[0].public_id, label=found[0].display_name, endpoint=found[0])


def resolve_judge(organization_id: uuid.UUID, ref: str = "") -> ModelRef | None:
    """Return the judge a reference names, or the organization's where it is blank; None where there is none.

    A reference that names no model is not made good by the default: nobody would see that another model judged.
    """
    return resolve_model(organization_id, ref.strip() or defaults_of(organization_id).judge)


def resolve_simulator(organization_id: uuid.UUID, ref: str = "") -> ModelRef | None:
    """Return the simulated user's model, found like a judge."""
    return resolve_model(organization_id, ref.strip() or defaults_of(organization_id).simulator)


def defaults_of(organization_id: uuid.UUID) -> ModelDefaults:
    """Return an organization's defaults, or unsaved blank ones where it has set none."""
    defaults = ModelDefaults.objects.filter(organization_id=organization_id).first()
    return defaults or ModelDefaults(organization_id=organization_id)
