"""Builds the image that sandboxes of the container engine start from."""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import requests
from docker.errors import DockerException

from sandboxes.backends.docker.engine import engine
from sandboxes.errors import ImageBuildFailed
from sandboxes.packing import packed

BASE_IMAGE = "pipelines-workspace-base"
DEFAULT_PARENT = "debian:trixie-slim"
HOW_TO_BUILD = "Build it: .venv/bin/callboard image build-base"
#: The label by which an image says which Dockerfile it was built of.
RECIPE_LABEL = "callboard.recipe"
_DOCKERFILE = Path(__file__).parent / "base_image" / "Dockerfile"
_BUILD_SECONDS = 1800
_TAIL_LINES = 40

OnLine = Callable[[str], None]


def build_base(
    parent: str = DEFAULT_PARENT,
    on_line: OnLine | None = None,
    *,
    tag: str = BASE_IMAGE,
    ca_bundle: Path | None = None,
    build_args: Mapping[str, str] | None = None,
) -> str:
    """Build the base image on `parent`, a Debian 13, and return its id. Raise ImageBuildFailed with the end of the log.

    `ca_bundle` is lent to the build; `build_args` may hold proxies (`HTTPS_PROXY`) and a package index
    (`PIP_INDEX_URL`), none of which is kept in the image's environment.
    """
    arguments = {**(build_args or {}), "PARENT": parent}
    return build(_context(ca_bundle), tag=tag, build_args=arguments, labels={RECIPE_LABEL: recipe()}, on_line=on_line)


def recipe() -> str:
    """Return the digest of the base image's Dockerfile, which tells an image that is out of date."""
    return hashlib.sha256(_DOCKERFILE.read_bytes()).hexdigest()[:16]


def build(
    context: bytes,
    *,
    tag: str,
    build_args: Mapping[str, str],
    labels: Mapping[str, str],
    on_line: OnLine | None = None,
) -> str:
    """Build an image of a context, a tar with a Dockerfile, and return its id."""
    lines: list[str] = []
    try:
        for line in _said(context, tag, build_args, labels):
            lines.append(line)
            if on_line is not None:
                on_line(line)
        return str(engine().images.get(tag).id)
    except (_BuildError, DockerException, requests.RequestException) as error:
        lines.append(str(error).strip())
        tail = "\n".join(lines[-_TAIL_LINES:])
        raise ImageBuildFailed(f"The image {tag} could not be built: {lines[-1]}", log_tail=tail) from error


class _BuildError(Exception):
    """What the build gave as the reason for its end."""


def _said(context: bytes, tag: str, build_args: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[str]:
    """Build, and yield what the build says, line by line."""
    told = engine().api.build(
        fileobj=io.BytesIO(context),
        custom_context=True,
        tag=tag,
        buildargs=dict(build_args),
        labels=dict(labels),
        rm=True,
        forcerm=True,
        decode=True,
        timeout=_BUILD_SECONDS,
    )
    error = ""
    for part in told:  # to the end also after an error, since only then is the connection given back
        error = error or part.get("error", "")
        yield from (line.rstrip() for line in part.get("stream", "").splitlines() if line.strip())
    if error:
        raise _BuildError(error)


def _context(ca_bundle: Path | None) -> bytes:
    bundle = ca_bundle.read_bytes() if ca_bundle else b""
    return packed({"Dockerfile": _DOCKERFILE.read_bytes(), "ca-bundle.crt": bundle})
