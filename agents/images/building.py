"""A worker's part of a build: it claims the image, carries the Dockerfile out, and notes what came of it."""

import codecs
import logging
import os
import socket
import threading
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connection

from agents.images import states
from agents.images.holding import held
from agents.images.logs import sink_of
from agents.images.states import Claim
from agents.log_sink import LogSink
from agents.models import AgentImage
from sandboxes import registry
from sandboxes.base import Backend
from sandboxes.dockerfile import Dockerfile, Refused, parse
from sandboxes.errors import ImageBuildFailed, SandboxError
from sandboxes.image_build import BuildJob, BuildStopped, OnText, build_image
from sandboxes.image_shelf import KeptImage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Built:
    """An image, the base image that it stands on, and the machine that has it."""

    kept: KeptImage
    base: str
    place: str


def build(image_id: uuid.UUID) -> None:
    """Build an image that waits for a worker. Harmless where it does not, or another worker has it."""
    image = AgentImage.objects.filter(pk=image_id).first()
    if image is None:
        return
    worker = f"{socket.gethostname()}:{os.getpid()}"
    claim = states.claim(image_id, worker=worker)
    if claim is None:
        return
    try:
        dockerfile = parse(image.dockerfile)
    except Refused as refused:  # by rules that came later than the agent
        states.failed(claim, str(refused))
        return
    with held(claim) as stop:
        states.note_step(claim, 0, of=len(dockerfile.steps))
        sink = sink_of(claim, image.organization_id)
        # The log is whole before anybody is told that the build is over.
        with sink:
            outcome = _outcome(image, claim, dockerfile, sink, stop)
        _note(claim, outcome)


def _outcome(
    image: AgentImage, claim: Claim, dockerfile: Dockerfile, sink: LogSink, stop: threading.Event
) -> Built | str:
    """Return what was built, or why nothing was; blank where nobody wants it any more."""
    job = BuildJob(
        dockerfile=dockerfile, name=image.public_id, labels={"image": image.public_id, "build": str(claim.build)},
        most_seconds=settings.CALLBOARD_IMAGE_BUILD_SECONDS, most_bytes=settings.CALLBOARD_IMAGE_BYTES,
        least_free_bytes=settings.CALLBOARD_IMAGE_FREE_BYTES, on_text=_decoded(sink),
        on_step=lambda number: _note_step(claim, number, len(dockerfile.steps)), stop=stop,
    )  # fmt: skip
    try:
        return _built(registry.choose(), job)
    except BuildStopped:
        return ""
    except ImageBuildFailed as error:
        return f"{error.message} {error.fix}".strip()
    except SandboxError as error:
        return f"The sandbox of the build failed: {error.message} {error.fix}".strip()
    except Error:
        # The database is away: nothing can be noted, and the claim runs out.
        raise
    except Exception:
        log.exception("the build of image %s met an error of ours", image.pk)
        return "Callboard met an error of its own, which stands in the worker's log. Rebuild."


def _built(backend: Backend, job: BuildJob) -> Built:
    shelf = backend.shelf()
    base, place = shelf.base(), shelf.place()
    _let_go_of_the_database()
    return Built(build_image(backend, job), base, place)


def _note(claim: Claim, outcome: Built | str) -> None:
    if isinstance(outcome, Built):
        if not states.ready(claim, outcome.kept, base=outcome.base, place=outcome.place):
            registry.choose().shelf().remove(outcome.kept.digest)
    elif outcome:
        states.failed(claim, outcome)


def _note_step(claim: Claim, number: int, count: int) -> None:
    states.note_step(claim, number, of=count)
    _let_go_of_the_database()


def _decoded(sink: LogSink) -> OnText:
    """Return what passes bytes on as text, also where a character comes in two pieces."""
    decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}
    return lambda stream, data: sink.put(str(stream), decoders[str(stream)].decode(data))


def _let_go_of_the_database() -> None:
    """Give the connection back for as long as a step takes: a database that restarts meanwhile breaks nothing."""
    if not connection.in_atomic_block:
        connection.close()
