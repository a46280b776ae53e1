"""What a message can ask of a worker. Every task may run twice or never: the truth stands in the database."""

from celery import shared_task

from console import partitions
from orchestration import executor, sweeper
from orchestration.services.events import events_forget


@shared_task(name="orchestration.drain")
def drain(queue: str) -> None:
    """Carry out what is ready in a queue. A second one finds nothing, or other steps: a claim is exclusive."""
    executor.drain(queue)


@shared_task(name="orchestration.sweep")
def sweep() -> None:
    """Make up for what was lost. Every statement of it checks the row's state as it changes it."""
    sweeper.sweep()


@shared_task(name="orchestration.make_partitions")
def make_partitions() -> None:
    """Make the partitions of the coming months. Existing ones are left alone."""
    for table in ("orchestration_runevent", "agents_trajectorychunk"):
        partitions.ensure(table)


@shared_task(name="orchestration.forget_events")
def forget_events() -> None:
    """Delete events of long ago. Can run twice: a deleted row is not deleted again."""
    events_forget()
