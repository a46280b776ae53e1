"""The part of an agent's form that says in which sandbox it runs: its own network, or a definition."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from pydantic import JsonValue

from agents.models import SandboxDefinition
from console.forms.sandbox_definitions import settings_words
from console.forms.service import ServiceForm


class SandboxPart(ServiceForm):
    sandbox_definition_id = forms.ChoiceField(
        label="Sandbox definition", required=False, help_text="Limits and a network that the organization has settled"
    )

    @staticmethod
    def sandbox_initial(spec: Mapping[str, Any]) -> dict[str, JsonValue]:
        """Return what the fields show of a spec."""
        return {
            "network": spec.get("network", "none"),
            "sandbox_definition_id": spec.get("sandbox_definition_id") or "",
        }

    def offer_definitions(self, definitions: Iterable[SandboxDefinition]) -> None:
        field = self.fields["sandbox_definition_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        named = ((row.public_id, f"{row.name}: {settings_words(row.settings)}") for row in definitions)
        field.choices = [("", "None"), *named]

    def sandbox(self) -> dict[str, JsonValue]:
        """Return what was chosen. A definition says itself what can be reached."""
        chosen = str(self["sandbox_definition_id"].value() or "")
        if chosen:
            return {"sandbox_definition_id": chosen, "network": "none"}
        return {"network": str(self["network"].value() or "").strip()}
