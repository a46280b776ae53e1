"""The URL of the list of pipeline runs: what it asks for. What does not fit is left aside rather than refused."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from console.ids import from_public
from orchestration.models import Dialect, Pipeline, Run
from orchestration.states import RunStatus

#: The kinds of pipelines whose runs are graphs of steps; those of fields are in the Data Explorer.
KINDS = (Dialect.STAGES, Dialect.STEPS, Dialect.NODES)
_NAMES = ("kind", "status", "pipeline", "q")
_LONGEST_TEXT = 200
VIEWS = (("All", ""), ("Waiting", RunStatus.PAUSED.value), ("Running", RunStatus.RUNNING.value),
         ("Failed", RunStatus.FAILED.value))  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunsQuery:
    """What a URL asks for."""

    data: QueryDict

    @property
    def kinds(self) -> tuple[Dialect, ...]:
        chosen = tuple(kind for kind in KINDS if kind.value in self.data.getlist("kind"))
        return chosen or KINDS

    @property
    def kind(self) -> str:
        return self.kinds[0].value if len(self.kinds) == 1 else ""

    @property
    def status(self) -> str:
        asked = self.data.get("status", "")
        return asked if asked in set(RunStatus) else ""

    @property
    def pipeline_id(self) -> uuid.UUID | None:
        return from_public(Pipeline.ID_PREFIX, self.data.get("pipeline", ""))

    @property
    def text(self) -> str:
        return self.data.get("q", "").replace("\0", "").strip()[:_LONGEST_TEXT]

    @property
    def is_filtered(self) -> bool:
        return bool(self.kind or self.status or self.pipeline_id or self.text)

    def matching(self, runs: "QuerySet[Run]") -> "QuerySet[Run]":
        """Return those of `runs` that fit all that is asked for."""
        runs = runs.filter(pipeline__dialect__in=self.kinds)
        if self.status:
            runs = runs.filter(status=self.status)
        if self.pipeline_id:
            runs = runs.filter(pipeline_id=self.pipeline_id)
        return runs.filter(title__icontains=self.text) if self.text else runs

    def url(self, **changes: str) -> str:
        """Return the query with other filters, from the beginning of the list on."""
        values = {name: changes.get(name, self.data.get(name, "")) for name in _NAMES}
        return f"?{urlencode({name: value for name, value in values.items() if value})}"
