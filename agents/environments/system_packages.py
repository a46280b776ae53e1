"""System packages: installed as root in a sandbox of their own, which is kept as an image for every run that asks.

No variable of the agent is in that sandbox and none of its code, so the image is the same for everybody.
"""

import hashlib
import json
from pathlib import Path

from django.conf import settings

from agents.environments.backends import NO_PACKAGES
from agents.environments.caches import Caches
from agents.environments.setup_log import Output, StepFailed
from agents.environments.work import Work
from agents.services.progress import Superseded
from sandboxes import paths
from sandboxes.base import Backend, Network, Profile, Sandbox, SandboxSpec, User
from sandboxes.image_shelf import KeptImage

STEP = "System packages"
REPOSITORY = "callboard-packages"
_FORMAT = 1
_LONGEST_SECONDS = 1_800
_ROOM = "packages"
_APT_GET = [
    "apt-get", "-q", "-y", "--no-install-recommends",
    # Names alone: no regular expression that matches half of the archive.
    "-o", "APT::Cmd::Pattern-Only=true", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=2",
]  # fmt: skip
_ENV = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
_CLEAN = "rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb"


def image_with(
    packages: list[str], image: str | None, backend: Backend, caches: Caches, work: Work
) -> tuple[str, bool]:
    """Return the id of `image` with packages installed, and whether it was there already.

    It stays until the caches are let go of. Raise StepFailed, Superseded, SandboxError.
    """
    if not backend.has_root:
        raise StepFailed(STEP, NO_PACKAGES)
    key = _key(packages, image, backend)
    name = f"{REPOSITORY}:{key[:40]}"
    made: list[str] = []

    def make(folder: Path) -> None:
        kept = _installed(packages, image, name, backend, work)
        made.append(kept.digest)
        _note_size(folder, kept.added_bytes)

    caches.hold(_ROOM, key, make)
    if made:
        _forget_what_is_gone(backend, caches)
    found = backend.saved_image(name)
    if found is None:  # somebody removed it behind our back
        return _installed(packages, image, name, backend, work).digest, False
    return found, not made


def _key(packages: list[str], image: str | None, backend: Backend) -> str:
    """Return what this image is known by. Installations that share an engine have images of their own."""
    told = [_FORMAT, str(backend.shared_root()), backend.fingerprint(image), sorted(packages)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _installed(packages: list[str], image: str | None, name: str, backend: Backend, work: Work) -> KeptImage:
    """Install packages in a sandbox with the internet and keep it as an image."""
    spec = SandboxSpec(labels=work.labels, network=Network.INTERNET, profile=Profile.SUDO, image=image)
    output = Output(work.put)
    with backend.open(spec) as sandbox:
        _as_root(sandbox, [*_APT_GET, *_certificates(), "update"], "apt-get update", work, output)
        _as_root(sandbox, [*_APT_GET, *_certificates(), "install", "--", *packages], "apt-get install", work, output)
        _as_root(sandbox, ["sh", "-c", _CLEAN], "Cleaning up", work, output)
        return sandbox.save_image(name)


def _as_root(sandbox: Sandbox, argv: list[str], name: str, work: Work, output: Output) -> None:
    result = sandbox.exec(
        argv, env=_ENV, user=User.ROOT, timeout_seconds=_LONGEST_SECONDS, stop=work.stop,
        on_output=lambda stream, data: output.take(stream.value, data),
    )  # fmt: skip
    if result.is_stopped or work.stop.is_set():
        raise Superseded
    output.see(STEP, name, result)


def _certificates() -> list[str]:
    """Return what has apt trust the installation's certificates, for a mirror that is reached by https."""
    return ["-o", f"Acquire::https::CaInfo={paths.CA_BUNDLE}"] if settings.CALLBOARD_CA_BUNDLE else []


def _note_size(folder: Path, size: int) -> None:
    """Leave a file as long as the image is large, with nothing in it: the cache counts the lengths of files."""
    with (folder / "size").open("wb") as file:
        file.truncate(size)


def _forget_what_is_gone(backend: Backend, caches: Caches) -> None:
    """Remove the images whose place in the cache is given away."""
    known = {f"{REPOSITORY}:{key[:40]}" for key in caches.keys(_ROOM)}
    for name in backend.saved_images():
        if name.startswith(f"{REPOSITORY}:") and name not in known:
            backend.forget_image(name)
