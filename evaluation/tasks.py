"""What a message can ask of a worker. Every task may run twice or never: the truth stands in the database."""

import uuid

from celery import shared_task

from evaluation.seeding import job
from evaluation.services import regrading

#: A dataset nobody has touched for so long has lost its worker.
STALLED_SECONDS = 15


@shared_task(name="evaluation.seed")
def seed(dataset_id: str) -> None:
    """Make tasks of a dataset's rows. Each batch is one transaction that moves the dataset on, under its lock."""
    job.seed(uuid.UUID(dataset_id))


@shared_task(name="evaluation.resume_seeding")
def resume_seeding() -> None:
    """Go on with datasets whose worker was lost. Waking one that has a worker changes nothing."""
    job.resume_stalled(older_than_seconds=STALLED_SECONDS)


@shared_task(name="evaluation.regrade")
def regrade(agent_run_id: str) -> None:
    """Grade a run again. Whoever comes second finds the wish taken or granted."""
    regrading.carry_out(uuid.UUID(agent_run_id))


@shared_task(name="evaluation.resume_regrades")
def resume_regrades() -> None:
    """Ask again for regrades that were lost. Asking for one under way changes nothing."""
    regrading.resume_lost()
