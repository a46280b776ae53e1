"""What a message can ask of a worker. Every task may run twice or never: the truth stands in the database."""

import uuid

from celery import shared_task

from evaluation.seeding import job, stale
from evaluation.services import bulk, regrading

#: A dataset nobody has touched for so long has lost its worker.
STALLED_SECONDS = 15


@shared_task(name="evaluation.seed")
def seed(dataset_id: str) -> None:
    """Make tasks of a dataset's rows. Each batch is one transaction that moves the dataset on, under its lock."""
    job.seed(uuid.UUID(dataset_id))


@shared_task(name="evaluation.resume_seeding")
def resume_seeding() -> None:
    """Go on with datasets and bulk acts whose worker was lost. Waking one that has a worker changes nothing."""
    job.resume_stalled(older_than_seconds=STALLED_SECONDS)
    bulk.resume_stalled(older_than_seconds=STALLED_SECONDS)


@shared_task(name="evaluation.delete_stale_uploads")
def delete_stale_uploads() -> None:
    """Delete uploads that nobody seeded within a day. Whoever comes second finds them gone."""
    stale.delete_stale()


@shared_task(name="evaluation.bulk")
def carry_on(act_id: str) -> None:
    """Go on with a bulk act. Each batch is one transaction that moves the act on, under its lock."""
    bulk.carry_on(uuid.UUID(act_id))


@shared_task(name="evaluation.regrade")
def regrade(agent_run_id: str) -> None:
    """Grade a run again. Whoever comes second finds the wish taken or granted."""
    regrading.carry_out(uuid.UUID(agent_run_id))


@shared_task(name="evaluation.resume_regrades")
def resume_regrades() -> None:
    """Ask again for regrades that were lost. Asking for one under way changes nothing."""
    regrading.resume_lost()
