from django import forms
from django.conf import settings
from django.http import QueryDict

from agents.knowledge.limits import LONGEST_DESCRIPTION, LONGEST_NAME
from agents.models import KnowledgeSource
from console.forms.service import ServiceForm


class SourceForm(ServiceForm):
    """What a source is called."""

    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}))
    description = forms.CharField(
        label="Description", required=False, widget=forms.TextInput(attrs={"maxlength": LONGEST_DESCRIPTION})
    )

    def __init__(self, sent: QueryDict | None, source: KnowledgeSource | None = None) -> None:
        held = source and {"name": source.name, "description": source.description}
        super().__init__(sent, initial=held or {})

    def words(self) -> dict[str, str]:
        """Return name and description as the services take them."""
        return {"name": self.sent("name"), "description": self.sent("description")}


class TextForm(ServiceForm):
    """A document that is typed."""

    name = forms.CharField(
        label="Name", widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME}),
        help_text="The ending says how it is read: .md, .csv, .json or .html. Any other is plain text.",
    )  # fmt: skip
    text = forms.CharField(label="Text", widget=forms.Textarea(attrs={"maxlength": settings.CALLBOARD_UPLOAD_BYTES}))

    def written(self) -> str:
        """Return the text with the line ends that it was typed with."""
        return str(self.data.get("text", "")).replace("\r\n", "\n")
