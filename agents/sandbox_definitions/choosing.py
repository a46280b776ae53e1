"""What an agent's choice of a sandbox definition comes to."""

import uuid

from agents.models import SandboxDefinition
from agents.sandbox_definitions.shape import NetworkPolicy, SandboxSettings
from agents.spec import AgentSpec
from console.errors import Problem
from console.ids import from_public


def with_definition(organization_id: uuid.UUID, spec: AgentSpec) -> tuple[AgentSpec, list[Problem]]:
    """Return a spec with what its definition says now, or what keeps it from having that."""
    if spec.sandbox_definition_id is None:
        if spec.sandbox is not None:
            return spec, [Problem("Name a sandbox definition: what it says is put here by itself.", "sandbox")]
        return spec, []
    key = from_public(SandboxDefinition.ID_PREFIX, spec.sandbox_definition_id)
    live = SandboxDefinition.objects.filter(organization_id=organization_id, archived_at=None)
    definition = live.filter(pk=key).first() if key else None
    if definition is None:
        return spec, [Problem("There is no such sandbox definition in this organization.", "sandbox_definition_id")]
    found = SandboxSettings.model_validate(definition.settings)
    return spec.model_copy(update={"sandbox": found}), _contradictions(spec, found)


def _contradictions(spec: AgentSpec, settings: SandboxSettings) -> list[Problem]:
    found = []
    if spec.network == "internet" and settings.network is not NetworkPolicy.INTERNET:
        found.append(Problem("The sandbox definition says what can be reached. Leave this at none.", "network"))
    if spec.dockerfile and settings.image:
        words = f"The sandbox definition has the image {settings.image}. Use one without, or take the Dockerfile out."
        found.append(Problem(words, "dockerfile"))
    return found
