"""The part of an agent's form that names a ZIP archive. The archive itself is uploaded past the form."""

from typing import ClassVar

from django import forms
from pydantic import JsonValue

from agents.archives.queries import archive_by_id
from agents.models import AgentArchive
from console.access import Actor
from console.forms.service import ServiceForm


class ZipPart(ServiceForm):
    #: The field of a problem by the last part of its path.
    ZIP_FIELDS: ClassVar = {"archive_id": "archive_id"}

    archive_id = forms.CharField(label="ZIP archive", widget=forms.HiddenInput)

    def zip_source(self) -> dict[str, JsonValue]:
        return {"kind": "zip", "archive_id": self._archive_id()}

    def chosen_archive(self, actor: Actor) -> AgentArchive | None:
        """Return the archive that the form names, if it is there for the actor."""
        return archive_by_id(actor, self._archive_id())

    def _archive_id(self) -> str:
        return str(self["archive_id"].value() or "").strip()
