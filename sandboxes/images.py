"""Builds the image that sandboxes of the container engine start from.

    python -m sandboxes.images [PARENT]

builds it from the command line; PARENT is an image of Debian 13.
"""

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import requests
from docker.errors import DockerException

from sandboxes.backends.docker.engine import engine
from sandboxes.errors import ImageBuildFailed
from sandboxes.packing import packed

BASE_IMAGE = "pipelines-workspace-base"
DEFAULT_PARENT = "debian:trixie-slim"
HOW_TO_BUILD = "Build it: .venv/bin/python -m sandboxes.images"
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
    """Build the base image and return its id. Raise ImageBuildFailed with the end of the log.

    `ca_bundle` is lent to the build; `build_args` may hold proxies (`HTTPS_PROXY`) and a package index
    (`PIP_INDEX_URL`), none of which is kept in the image's environment.
    """
    context = _context(ca_bundle)
    return build(context, tag=tag, build_args={**(build_args or {}), "PARENT": parent}, on_line=on_line)


def build(context: bytes, *, tag: str, build_args: Mapping[str, str], on_line: OnLine | None = None) -> str:
    """Build an image of a context, a tar with a Dockerfile, and return its id."""
    lines: list[str] = []
    image = ""
    try:
        for line in _said(context, tag, build_args):
            lines.append(line)
            if on_line is not None:
                on_line(line)
        image = str(engine().images.get(tag).id)
    except (DockerException, requests.RequestException) as error:
        lines.append(str(error))
    if not image or (lines and lines[-1].startswith(_ERROR)):
        tail = "\n".join(lines[-_TAIL_LINES:])
        raise ImageBuildFailed(f"The image {tag} could not be built: {lines[-1]}", log_tail=tail)
    return image


_ERROR = "ERROR: "


def _said(context: bytes, tag: str, build_args: Mapping[str, str]) -> Iterator[str]:
    """Build, and yield what the build says, line by line; an error is its last line."""
    told = engine().api.build(
        fileobj=io.BytesIO(context),
        custom_context=True,
        tag=tag,
        buildargs=dict(build_args),
        rm=True,
        forcerm=True,
        decode=True,
        timeout=_BUILD_SECONDS,
    )
    for part in told:
        if "error" in part:
            yield f"{_ERROR}{part['error'].strip()}"
            return
        for line in part.get("stream", "").splitlines():
            if line.strip():
                yield line.rstrip()


def _context(ca_bundle: Path | None) -> bytes:
    bundle = ca_bundle.read_bytes() if ca_bundle else b""
    return packed({"Dockerfile": _DOCKERFILE.read_bytes(), "ca-bundle.crt": bundle})


def main(argv: list[str]) -> int:
    parent = argv[0] if argv else DEFAULT_PARENT
    try:
        build_base(parent, lambda line: print(line, flush=True))  # noqa: T201  # a command line
    except ImageBuildFailed as error:
        print(error.message, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
