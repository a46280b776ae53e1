"""Keeps runs going: starts them, answers those that ask, cancels a few. A process of its own, in the instance's place.

`python -m tests.chaos.feeder ACKNOWLEDGED SEED`. What a service has returned from is written to the file, a line
each; what ended in an error may or may not have happened, and is not.
"""

import logging
import random
import signal
import sys
import time
import uuid
from pathlib import Path

import django
from django.db import Error, connection

django.setup()

from console.access import Actor, Role  # noqa: E402  # after setup
from console.ids import new_id  # noqa: E402
from console.models import Project  # noqa: E402
from orchestration.errors import RunFinished, StepNotWaiting  # noqa: E402
from orchestration.models import Dialect, Pipeline, PipelineVersion, Run, StepRun, Trigger  # noqa: E402
from orchestration.services.bulk import RunSeed, runs_start  # noqa: E402
from orchestration.services.events import event_receive  # noqa: E402
from orchestration.services.runs import run_cancel, run_start, step_answer  # noqa: E402
from orchestration.states import RunStatus, StepStatus  # noqa: E402
from tests.chaos.shapes import SHAPES  # noqa: E402
from tests.chaos.steps import EVENT  # noqa: E402

log = logging.getLogger(__name__)

#: Unfinished runs are filled up to so many.
AT_ONCE = 40
CANCELLED_SHARE = 0.03
ROUND_SECONDS = 0.2


class Feeder:
    def __init__(self, acknowledged: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.acknowledged = acknowledged.open("a", buffering=1)
        project = Project.objects.get(organization__slug="demo")
        self.actor = Actor(organization_id=project.organization_id, label="Storm", roles={None: Role.ORG_ADMIN})
        self.announced: set[uuid.UUID] = set()
        self.versions = {shape: _version(project, shape) for shape in SHAPES}

    def round(self, *, at_once: int) -> bool:
        """Fill the unfinished runs up to `at_once` and answer those that ask; return whether none is left that may."""
        unfinished = Run.objects.filter(pipeline__name__in=SHAPES, finished_at=None)
        for _ in range(at_once - unfinished.count()):
            self.start()
        for run in unfinished.filter(status=RunStatus.PAUSED)[:20]:
            self.answer(run)
        for run in unfinished.filter(pipeline__name="announced")[:20]:
            self.announce(run)
        return not unfinished.filter(pipeline__name__in=["asked", "announced"]).exists()

    def start(self) -> None:
        shape = self.chance.choices(list(SHAPES), [share for _, share in SHAPES.values()])[0]
        version = self.versions[shape]
        if self.chance.random() < 0.5:
            key = run_start(actor=self.actor, version=version, run_input={}, title=shape).pk
        else:
            key = new_id()
            seeds = [RunSeed(key, shape, {})]
            runs_start(actor=self.actor, version=version, seeds=seeds, trigger=Trigger.API)
        self.note("started", key, shape)
        if self.chance.random() < CANCELLED_SHARE:
            self.cancel(Run.objects.get(pk=key))

    def cancel(self, run: Run) -> None:
        try:
            run_cancel(actor=self.actor, run=run)
        except RunFinished:
            return
        self.note("cancelled", run.pk, "-")

    def answer(self, run: Run) -> None:
        token = uuid.uuid4().hex
        if not StepRun.objects.filter(run=run, node_id="ask", status=StepStatus.WAITING).exists():
            return
        try:
            step_answer(actor=self.actor, run=run, node_id="ask", output={"token": token})
        except StepNotWaiting:
            return
        self.note("answered", run.pk, token)

    def announce(self, run: Run) -> None:
        """Tell a run what it waits for, or will wait for. Once: the same key again is the same event."""
        if run.pk in self.announced:
            return
        project = Project.objects.get(pk=run.project_id)
        payload = {"token": str(run.pk)}
        event_receive(
            actor=self.actor, project=project, name=EVENT, key=str(run.pk), payload=payload, idempotency_key=str(run.pk)
        )
        self.announced.add(run.pk)
        self.note("announced", run.pk, str(run.pk))

    def note(self, what: str, run_id: uuid.UUID, value: str) -> None:
        self.acknowledged.write(f"{what} {run_id} {value}\n")


def _version(project: Project, shape: str) -> PipelineVersion:
    pipeline, _ = Pipeline.objects.get_or_create(
        organization_id=project.organization_id, project=project, name=shape, dialect=Dialect.FIELDS
    )
    graph, _ = SHAPES[shape]
    version, _ = PipelineVersion.objects.get_or_create(
        organization_id=project.organization_id, pipeline=pipeline, number=1,
        defaults={"definition": {}, "graph": graph.model_dump(mode="json"), "published_by": "Storm"},
    )  # fmt: skip
    return version


def main(acknowledged: str, seed: str) -> None:
    is_over = False

    def stop(*_: object) -> None:
        nonlocal is_over
        is_over = True

    signal.signal(signal.SIGTERM, stop)
    feeder = Feeder(Path(acknowledged), int(seed))
    is_settled = False
    while not is_settled:
        try:
            is_settled = feeder.round(at_once=0 if is_over else AT_ONCE) and is_over
        except Error as error:
            log.warning("the database was away: %s", error)
            connection.close()
        time.sleep(ROUND_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
