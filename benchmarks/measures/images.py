"""What an agent's image costs: building it, finding that it is built already, and opening a sandbox of it."""

import os
import tempfile
import time
import uuid
from pathlib import Path

from agents.images.digests import digest_of
from agents.images.queries import image_of_agent
from agents.models import Agent, AgentImage, ImageState
from benchmarks.results import Result, Scale, at_most
from benchmarks.skipping import skip
from benchmarks.world import world
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.base import GIB, BackendConfig, SandboxSpec
from sandboxes.dockerfile import parse
from sandboxes.image_build import BuildJob, build_image

_MOST_REUSE_MS = 100
_LABELS = {"run": "benchmark"}


def measure(scale: Scale) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="callboard-bench-images-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        backend = DockerBackend(BackendConfig(Path(folder), ca_bundle=_certificates()))
        if (obstacle := backend.obstacle()) is not None:
            skip(f"images: {obstacle.message}")
            return []
        return _measured(backend, scale)


def _measured(backend: DockerBackend, scale: Scale) -> list[Result]:
    mark = uuid.uuid4().hex[:8]
    body = f"RUN sudo install -m 755 /bin/true /usr/local/bin/tool-{mark}\nENV TOOL=tool-{mark}\nWORKDIR /srv/work\n"
    began = time.perf_counter()
    kept = build_image(backend, BuildJob(parse(body), f"img_{mark}", _LABELS, 600, 10 * GIB, 0, lambda *_: None))
    built = (time.perf_counter() - began) * 1000
    _keep_row(body, kept.digest)
    reused = [_reuse_ms(mark, number, body) for number in range(scale.pick(22, 9))]
    opened = [_open_ms(backend, kept.digest) for _ in range(scale.pick(12, 6))]
    backend.shelf().remove(kept.digest)
    return [
        Result("docker: build an image of three steps that download nothing", "ms", [built]),
        Result("find that an identical Dockerfile is built", "ms", reused[2:], at_most(_MOST_REUSE_MS)),
        Result("docker: open a sandbox of a custom image", "ms", opened[1:]),
    ]


def _keep_row(body: str, image: str) -> None:
    AgentImage.objects.create(
        organization=world().organization, digest=digest_of(body), dockerfile=body, state=ImageState.READY, image=image
    )


def _reuse_ms(mark: str, number: int, body: str) -> float:
    """Return how long it takes from another agent's body, which says the same in other words, to the image."""
    draft = {"dockerfile": f"# {number}\n\n{body}"}
    agent = Agent.objects.create(organization=world().organization, name=f"{mark} {number}", draft=draft)
    began = time.perf_counter()
    image = image_of_agent(world().actor, agent)
    took = (time.perf_counter() - began) * 1000
    if image is None or image.state != ImageState.READY:
        raise RuntimeError("An identical Dockerfile would be built again.")
    return took


def _open_ms(backend: DockerBackend, digest: str) -> float:
    began = time.perf_counter()
    with backend.open(SandboxSpec(image=digest, labels=_LABELS)) as sandbox:
        sandbox.exec(["true"])
        return (time.perf_counter() - began) * 1000


def _certificates() -> Path | None:
    named = os.environ.get("CALLBOARD_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    return Path(named) if named else None
