from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from agents.knowledge.limits import LONGEST_CONTENT, LONGEST_DESCRIPTION, LONGEST_KEY, LONGEST_NAME
from agents.models import Agent, MemoryEntry, MemoryScope
from console.errors import NotFound
from console.forms.service import ServiceForm

_SCOPES = [
    (MemoryScope.PROJECT.value, "This project"),
    (MemoryScope.ORGANIZATION.value, "The whole organization"),
    (MemoryScope.AGENT.value, "One agent, in every project"),
]


class MemoryForm(ServiceForm):
    """What a memory is called, and for whom it is."""

    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}))
    description = forms.CharField(
        label="Description", required=False, widget=forms.TextInput(attrs={"maxlength": LONGEST_DESCRIPTION})
    )
    scope = forms.ChoiceField(label="For", choices=_SCOPES, initial=MemoryScope.PROJECT)
    agent_id = forms.ChoiceField(label="Agent", required=False, help_text="Only for a memory of one agent.")

    def __init__(self, agents: Iterable[Agent], sent: QueryDict | None) -> None:
        super().__init__(sent)
        self._agents = {agent.public_id: agent for agent in agents}
        names = [(key, agent.name) for key, agent in self._agents.items()]
        self.fields["agent_id"].choices = [("", "None"), *names]  # type: ignore[attr-defined]

    def chosen_agent(self) -> Agent | None:
        """Return the agent that was chosen, None for none; raise NotFound."""
        chosen = self.sent("agent_id")
        if chosen and chosen not in self._agents:
            raise NotFound(f"There is no agent {chosen!r} here.")
        return self._agents.get(chosen)


class EntryForm(ServiceForm):
    """Something to be remembered. Over an earlier entry it takes that one's place."""

    content = forms.CharField(label="What to remember", widget=forms.Textarea(attrs={"maxlength": LONGEST_CONTENT}))
    key = forms.CharField(
        label="Key", required=False, widget=forms.TextInput(attrs={"maxlength": LONGEST_KEY, "autocomplete": "off"}),
        help_text="Writing under the same key replaces what was known, such as larkfield/invoices.",
    )  # fmt: skip
    tags = forms.CharField(
        label="Tags", required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="With commas between them. A search can be limited to tags.",
    )  # fmt: skip

    def __init__(self, sent: QueryDict | None, earlier: MemoryEntry | None = None) -> None:
        held = earlier and {"content": earlier.content, "key": earlier.key, "tags": ", ".join(earlier.tags)}
        super().__init__(sent, initial=held or {})
        if earlier is not None:
            del self.fields["key"]

    def written(self) -> str:
        """Return the content with the line ends that it was typed with."""
        return str(self.data.get("content", "")).replace("\r\n", "\n").strip()

    def chosen_tags(self) -> list[str]:
        return self.sent("tags").split(",")
