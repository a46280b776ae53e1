"""An agent's sandbox as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.models import SandboxDefinition
from console.access import Actor
from console.forms.sandbox_definitions import NETWORK_WORDS, limits_words
from console.ids import from_public


@dataclass(frozen=True, slots=True)
class SandboxFacts:
    """What a definition said when the agent was saved or published, under the name that it has now."""

    name: str
    network: str
    hosts: list[str]
    limits: str
    image: str
    runtime: str


def sandbox_facts(actor: Actor, spec: Mapping[str, Any]) -> SandboxFacts | None:
    """Return what is to be said of a spec's sandbox, None where it has no definition."""
    settings = spec.get("sandbox")
    if not isinstance(settings, dict):
        return None
    key = from_public(SandboxDefinition.ID_PREFIX, str(spec.get("sandbox_definition_id")))
    named = SandboxDefinition.objects.visible_to(actor).filter(pk=key).values_list("name", flat=True).first()
    network = str(settings.get("network", ""))
    return SandboxFacts(
        name=named or "", network=NETWORK_WORDS.get(network, network), hosts=settings.get("allowed_domains", []),
        limits=limits_words(settings), image=settings.get("image", ""), runtime=settings.get("runtime", ""),
    )  # fmt: skip
