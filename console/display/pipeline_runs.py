"""Runs of pipelines as rows of a list."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from console.display import status
from orchestration.models import Dialect, Run
from orchestration.states import RunStatus


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run with how it stands and how long it has lasted."""

    run: Run
    look: str
    duration_ms: float

    @property
    def kind(self) -> str:
        return Dialect(self.run.pipeline.dialect).label

    @property
    def verbs(self) -> str:
        """Return what can be done with it."""
        return "rerun" if RunStatus(self.run.status).is_final else "cancel"

    @property
    def title(self) -> str:
        return self.run.title or self.run.pipeline.name


def run_rows(runs: Iterable[Run]) -> list[RunRow]:
    """Return the rows of runs that were read with their pipelines and versions."""
    now = timezone.now()
    return [
        RunRow(run, run_look(run), max(0.0, ((run.finished_at or now) - run.created_at).total_seconds() * 1000))
        for run in runs
    ]


def run_look(run: Run) -> str:
    """Return the name of a run's status as it is shown: one that failed broke, which is no verdict."""
    return "run_failed" if run.status == RunStatus.FAILED else run.status


def run_word(run: Run) -> status.Look:
    return status.look(run_look(run))
