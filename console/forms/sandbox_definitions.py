"""The form of a sandbox definition."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from agents.models import SandboxDefinition
from agents.sandbox_definitions.shape import (
    LEAST_CPUS,
    LEAST_DISK_MB,
    LEAST_MEMORY_MB,
    LEAST_PIDS,
    NetworkPolicy,
)
from agents.services.sandbox_definitions import LONGEST_DESCRIPTION, LONGEST_NAME
from console.display.numbers import plural
from console.display.options import Option
from console.errors import Problem
from console.forms.service import ServiceForm
from sandboxes.base import GIB, MIB, Limits

POLICIES = (
    Option("Nothing", NetworkPolicy.NONE.value, icon="lock", hint="Not even the agent’s tools."),
    Option("Tools only", NetworkPolicy.PROXY_ONLY.value, icon="tool", hint="The tool proxy of its run."),
    Option(
        "Named hosts", NetworkPolicy.ALLOW_LIST.value, icon="filter",
        hint="Also web servers by name; everything else is blocked and shows in the log.",
    ),
    Option(
        "Internet", NetworkPolicy.INTERNET.value, icon="world",
        hint="Also public addresses, not this machine’s network.",
    ),
)  # fmt: skip
NETWORK_WORDS = {option.value: option.label for option in POLICIES}
_DEFAULT = Limits()
_NUMBERS = ("cpus", "memory_mb", "disk_mb", "pids")


def _number(label: str, least: float, default: str, step: str = "1") -> forms.CharField:
    widget = forms.NumberInput(attrs={"min": least, "step": step, "placeholder": default})
    return forms.CharField(label=label, required=False, widget=widget)


class SandboxDefinitionForm(ServiceForm):
    name = forms.CharField(
        label="Name", help_text="Unique in the organization", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME})
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.TextInput(attrs={"maxlength": LONGEST_DESCRIPTION})
    )
    network = forms.CharField(label="Network")
    allowed_domains = forms.CharField(
        label="Hosts", required=False,
        help_text="One name a line; *.example.com stands for every name below example.com",
        widget=forms.Textarea(attrs={"autocapitalize": "off", "spellcheck": "false"}),
    )  # fmt: skip
    image = forms.ChoiceField(label="Image", required=False)
    runtime = forms.ChoiceField(label="Runtime", required=False, help_text="Of the container engine")
    cpus = _number("Processors", LEAST_CPUS, f"{_DEFAULT.cpus:g}", "any")
    memory_mb = _number("Memory", LEAST_MEMORY_MB, str(_DEFAULT.memory_bytes // MIB))
    disk_mb = _number("Disk", LEAST_DISK_MB, str(_DEFAULT.disk_bytes // MIB))
    pids = _number("Processes", LEAST_PIDS, str(_DEFAULT.pids))

    def __init__(
        self,
        *,
        images: Sequence[str],
        runtimes: Sequence[str],
        definition: SandboxDefinition | None = None,
        sent: QueryDict | None = None,
    ) -> None:
        super().__init__(sent, initial=_initial(definition))
        self._offer("image", "The base image, or the agent’s own", images)
        self._offer("runtime", "The engine’s own", runtimes)

    def definition(self) -> dict[str, Any]:
        """Return what was typed as the services take it."""
        lines = (line.strip() for line in self.sent("allowed_domains").splitlines())
        numbers = {name: text for name in _NUMBERS if (text := self.sent(name))}
        sandbox = {
            "network": self.sent("network"),
            "allowed_domains": [line for line in lines if line] if self.is_filtered else [],
            "image": self.sent("image"),
            "runtime": self.sent("runtime"),
            **numbers,
        }
        return {"name": self.sent("name"), "description": self.sent("description"), "sandbox": sandbox}

    @property
    def is_filtered(self) -> bool:
        return str(self["network"].value()) == NetworkPolicy.ALLOW_LIST.value

    def show(self, problem: Problem) -> None:
        match problem.path:
            case ("allowed_domains", int(place)):
                self.add_error("allowed_domains", f"Host {place + 1}: {problem.message}")
            case _:
                super().show(problem)

    def _offer(self, name: str, default: str, values: Sequence[str]) -> None:
        """Offer what the operator allows, and what is chosen already though it is allowed no more."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # declared above
        chosen = str(self[name].value() or "")
        offered = dict.fromkeys([*values, *([chosen] if chosen else [])])
        field.choices = [("", default), *((value, value) for value in offered)]


def _initial(definition: SandboxDefinition | None) -> dict[str, Any]:
    if definition is None:
        return {"network": NetworkPolicy.PROXY_ONLY.value}
    settings = definition.settings
    return {
        "name": definition.name,
        "description": definition.description,
        **settings,
        "allowed_domains": "\n".join(settings.get("allowed_domains", [])),
    }


def settings_words(settings: Mapping[str, Any]) -> str:
    """Return what a definition says, in a few words."""
    network, hosts = str(settings.get("network", "")), settings.get("allowed_domains", [])
    reach = plural(len(hosts), "host") if hosts else NETWORK_WORDS.get(network, network).lower()
    return ", ".join(filter(None, [reach, limits_words(settings)]))


def limits_words(settings: Mapping[str, Any]) -> str:
    """Return the limits that a definition sets, in words; nothing where it sets none."""
    parts = []
    if (cpus := settings.get("cpus")) is not None:
        parts.append(f"{cpus:g} CPU")
    if (memory := settings.get("memory_mb")) is not None:
        parts.append(f"{_size(memory)} memory")
    if (disk := settings.get("disk_mb")) is not None:
        parts.append(f"{_size(disk)} disk")
    if (pids := settings.get("pids")) is not None:
        parts.append(f"{pids} processes")
    return ", ".join(parts)


def _size(megabytes: int) -> str:
    whole = megabytes * MIB
    return f"{whole // GIB} GB" if whole % GIB == 0 else f"{megabytes} MB"
