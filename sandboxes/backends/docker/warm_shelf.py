"""Containers that run and wait for somebody. Their engine's labels say only that; whose one is says its folder."""

import contextlib
import functools
import hashlib
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from docker.errors import DockerException
from requests import RequestException

from sandboxes import warm
from sandboxes.backends.docker import lifecycle
from sandboxes.backends.docker.engine import engine, opening
from sandboxes.backends.docker.internet import remove_network
from sandboxes.backends.docker.sandbox import DockerSandbox, Resources
from sandboxes.base import SandboxSpec
from sandboxes.errors import SandboxError
from sandboxes.folders import SandboxFolder, leftovers
from sandboxes.prepared import harness_folder
from sandboxes.run_folder import RunFolder
from sandboxes.warm import OWNER, WARM, Parked, WarmShelf

if TYPE_CHECKING:
    from sandboxes.backends.docker.backend import DockerBackend

log = logging.getLogger(__name__)


@functools.cache
def _harness(root: Path) -> str:
    """Return what tells this code's harness from another's. It does not change while the process lives."""
    return harness_folder(root).name


class DockerWarmShelf(WarmShelf):
    def __init__(self, backend: "DockerBackend") -> None:
        self._backend = backend

    def key(self, spec: SandboxSpec) -> str:
        root = self._backend.shared_root()
        bundle = spec.ca_bundle or self._backend.ca_bundle
        told = {
            "image": self._backend.fingerprint(spec.image),
            "harness": _harness(root),
            "limits": asdict(spec.limits),
            "network": spec.network,
            "profile": spec.profile,
            "runtime": spec.runtime,
            "bundle": [str(bundle), bundle.stat().st_mtime_ns] if bundle else None,
            # The folder itself and not its name: one that was made anew is another.
            "mounts": [[*map(str, mount), mount.source.stat().st_ino] for mount in spec.mounts],
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    def park(self, spec: SandboxSpec, *, group: str, owner: str) -> None:
        key = self.key(spec)
        bare = replace(spec, labels={WARM: key, OWNER: owner}, proxy_socket=None, egress_socket=None)
        with opening(), contextlib.ExitStack() as undo:
            built = self._backend.build(bare, undo)
            Parked(key, group, owner, built.container, built.network).put(built.folder)
            undo.pop_all()

    def take(self, spec: SandboxSpec) -> DockerSandbox | None:
        key = self.key(spec)
        for folder, parked in self.parked():
            if parked.key == key and warm.claim(folder):
                try:
                    return self._given_out(spec, folder, parked)
                except (SandboxError, DockerException, RequestException, OSError) as error:
                    log.warning("a parked sandbox could not be used: %s", error)
                    self._remove(folder, parked)
        return None

    def _given_out(self, spec: SandboxSpec, folder: SandboxFolder, parked: Parked) -> DockerSandbox:
        """Make a parked sandbox a run's own: from here on it is reaped with the run."""
        folder.relabel(spec.labels)
        with opening():
            if not engine().api.inspect_container(parked.container)["State"]["Running"]:
                raise SandboxError("Its container has ended.")
        run_folder = RunFolder.open(folder.run, spec)
        return DockerSandbox(spec, Resources(parked.container, parked.network, folder, run_folder))

    def parked(self) -> list[tuple[SandboxFolder, Parked]]:
        return warm.read_parked(leftovers(self._backend.shared_root(), self._backend.name))

    def end(self, folder: SandboxFolder, parked: Parked) -> None:
        if warm.claim(folder):
            self._remove(folder, parked)

    def _remove(self, folder: SandboxFolder, parked: Parked) -> None:
        with opening():
            lifecycle.remove(parked.container)
            if parked.network:
                remove_network(parked.network)
        folder.remove()
