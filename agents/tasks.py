"""What a message can ask of a worker. Every task may run twice or never: the truth stands in the database."""

import uuid

from celery import shared_task

from agents.archives import stale
from agents.images import building, cleaning, waking
from agents.knowledge import ingestion
from agents.sources.cache import code_cache


@shared_task(name="agents.ingest")
def ingest(document_id: str) -> None:
    """Read a document, or clear it away. Each batch is one transaction that moves the document on, under its lock."""
    ingestion.carry_on(uuid.UUID(document_id))


@shared_task(name="agents.resume_ingestion")
def resume_ingestion() -> None:
    """Go on with documents whose worker was lost. Waking one that has a worker changes nothing."""
    ingestion.resume_stalled()


@shared_task(name="agents.build_image")
def build_image(image_id: str) -> None:
    """Build an image. A second worker finds the build taken: a claim is exclusive, and is never given twice."""
    building.build(uuid.UUID(image_id))


@shared_task(name="agents.sweep_images")
def sweep_images() -> None:
    """Make up for workers and messages that were lost. Every statement of it checks the state as it changes it."""
    waking.sweep()


@shared_task(name="agents.clean_images")
def clean_images() -> None:
    """Look over this machine's images and remove those that nothing uses. A second one finds nothing left."""
    cleaning.clean()


@shared_task(name="agents.clear_away_code")
def clear_away_code() -> None:
    """Delete archives that nothing uses, and fetched code beyond the cache's size. A second one finds nothing left."""
    stale.delete_stale()
    code_cache().clear()
