import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple

from docker.errors import ImageNotFound

from sandboxes import warm
from sandboxes.backends.docker import lifecycle
from sandboxes.backends.docker.capabilities import capabilities
from sandboxes.backends.docker.container import LABEL, labels_from, labels_of, settings
from sandboxes.backends.docker.doctor import report
from sandboxes.backends.docker.engine import engine, labels_of_image, opening
from sandboxes.backends.docker.internet import close_to_neighbours, make_network, remove_network, surroundings
from sandboxes.backends.docker.sandbox import DockerSandbox, Resources
from sandboxes.backends.docker.saved_images import forget, image_id, saved_names
from sandboxes.backends.docker.shelf import DockerShelf, to_be_kept
from sandboxes.backends.docker.warm_shelf import DockerWarmShelf
from sandboxes.base import Backend, BackendConfig, IsWanted, Labels, Network, SandboxSpec
from sandboxes.capabilities import Capabilities
from sandboxes.errors import ImageNotReady, NotSupported, SandboxUnavailable
from sandboxes.folders import SandboxFolder, leftovers, private_root
from sandboxes.images import HOW_TO_BUILD
from sandboxes.mounts import check_mounts
from sandboxes.prepared import harness_folder
from sandboxes.report import BackendReport
from sandboxes.run_folder import RunFolder, put_bundle

_NO_NETWORK = "none"


class Built(NamedTuple):
    """A sandbox that nothing leads out of yet. `network` is empty where it has none of its own."""

    folder: SandboxFolder
    container: str
    network: str


class DockerBackend(Backend):
    name: ClassVar[str] = "docker"
    has_root: ClassVar[bool] = True

    def __init__(self, config: BackendConfig) -> None:
        self._config = config
        self._instance = hashlib.sha256(os.fsencode(config.root.resolve())).hexdigest()[:16]

    def open(self, spec: SandboxSpec) -> DockerSandbox:
        self._refuse_unsupported(spec)
        with opening(), contextlib.ExitStack() as undo:
            built = self.build(spec, undo)
            run_folder = RunFolder.open(built.folder.run, spec)
            undo.pop_all()
        return DockerSandbox(spec, Resources(built.container, built.network, built.folder, run_folder))

    def build(self, spec: SandboxSpec, undo: contextlib.ExitStack) -> Built:
        """Make all of a sandbox but what leads out of it. `undo` takes it down again."""
        root = self.shared_root()
        check_mounts(spec.mounts, root)
        folder = SandboxFolder.make(root, self.name, spec.labels)
        undo.callback(folder.remove)
        put_bundle(folder.run, spec.ca_bundle or self._config.ca_bundle)
        network = self._network(spec, folder.id, undo)
        container = self._container(spec, folder, network or _NO_NETWORK, undo)
        if network:
            close_to_neighbours(container, network, self._config.base_image)
        return Built(folder, container, network)

    def _network(self, spec: SandboxSpec, sandbox_id: str, undo: contextlib.ExitStack) -> str:
        if spec.network is Network.NONE:
            return ""
        name = f"{LABEL}-{sandbox_id}"
        make_network(name, labels_of(spec, instance=self._instance, sandbox_id=sandbox_id))
        undo.callback(remove_network, name)
        return name

    def _container(self, spec: SandboxSpec, folder: SandboxFolder, network: str, undo: contextlib.ExitStack) -> str:
        """Create and start the container; return its id."""
        image = spec.image or self._config.base_image
        arguments = settings(
            spec,
            image=image,
            network=network,
            nameservers=[] if network == _NO_NETWORK else surroundings(self._config.base_image).nameservers,
            run=folder.run,
            harness=harness_folder(folder.path.parent),
            runtime=spec.runtime or self._config.runtime,
        )
        if spec.is_to_be_kept:
            arguments = to_be_kept(arguments)
        labels = labels_of(spec, instance=self._instance, sandbox_id=folder.id)
        try:
            made = lifecycle.started(
                lambda: engine().containers.create(**arguments, name=f"{LABEL}-{folder.id}", labels=labels)
            )
        except ImageNotFound as error:
            raise self._missing(image) from error
        undo.callback(lifecycle.remove, str(made.id))
        return str(made.id)

    def _refuse_unsupported(self, spec: SandboxSpec) -> None:
        if not (spec.must or spec.runtime):
            return  # an image that is missing is told of by its name
        for refusal in self.capabilities().refusals(spec):
            raise NotSupported(refusal.text, fix="Choose another sandbox definition, or another machine.")

    def obstacle(self) -> SandboxUnavailable | None:
        try:
            with opening():
                return None if labels_of_image(self._config.base_image) is not None else self._base_missing()
        except SandboxUnavailable as error:
            return error

    def _base_missing(self) -> SandboxUnavailable:
        return SandboxUnavailable(f"The image {self._config.base_image} is not built.", fix=HOW_TO_BUILD)

    def _missing(self, image: str) -> ImageNotReady | SandboxUnavailable:
        if image == self._config.base_image:
            return self._base_missing()
        return ImageNotReady(f"The image {image} is not there.")

    def check(self) -> BackendReport:
        return report(self.name, self._config)

    def capabilities(self) -> Capabilities:
        return capabilities(self.name)

    def shared_root(self) -> Path:
        return private_root(self._config.root)

    def fingerprint(self, image: str | None) -> str:
        name = image or self._config.base_image
        with opening():
            found = image_id(name)
        if found is None:
            raise self._missing(name)
        return found

    def pythons(self) -> Mapping[str, str]:
        return {"3.13": "python3"}  # which the base image's recipe sees to

    def default_python(self) -> str:
        return "3.13"

    def saved_image(self, name: str) -> str | None:
        with opening():
            return image_id(name)

    def saved_images(self) -> list[str]:
        with opening():
            return saved_names(self._instance)

    def forget_image(self, name: str) -> None:
        with opening():
            forget(name)

    @property
    def ca_bundle(self) -> Path | None:
        return self._config.ca_bundle

    def warm_shelf(self) -> DockerWarmShelf:
        return DockerWarmShelf(self)

    def shelf(self) -> DockerShelf:
        return DockerShelf(self._instance, self._config.base_image)

    def reap(self, is_wanted: IsWanted) -> int:
        ours = {"label": f"{LABEL}.instance={self._instance}"}
        # The folder says whose a sandbox is: one that was parked was given out since the engine put its labels on.
        judged = dict(_judged(leftovers(self.shared_root(), self.name), is_wanted))
        ended = set()
        with opening():
            for found in engine().api.containers(all=True, filters=ours):
                if not self._is_kept(found["Labels"], judged, is_wanted):
                    lifecycle.remove(found["Id"])
                    ended.add(found["Labels"][f"{LABEL}.sandbox"])
            for network in engine().api.networks(filters=ours):
                if not self._is_kept(network["Labels"], judged, is_wanted):
                    remove_network(network["Name"])
        for sandbox_id in [one for one, is_kept in judged.items() if not is_kept]:
            SandboxFolder.of(self.shared_root(), sandbox_id).remove()
            ended.add(sandbox_id)
        return len(ended)

    def _is_kept(self, engine_labels: Labels, judged: Mapping[str, bool], is_wanted: IsWanted) -> bool:
        sandbox_id, labels = engine_labels[f"{LABEL}.sandbox"], labels_from(engine_labels)
        if sandbox_id in judged:
            return judged[sandbox_id]
        if warm.WARM in labels:  # parked since the folders were looked at, or without one
            return SandboxFolder.of(self.shared_root(), sandbox_id).path.exists()
        return is_wanted(labels)


def _judged(folders: Iterator[tuple[SandboxFolder, Labels]], is_wanted: IsWanted) -> Iterator[tuple[str, bool]]:
    """Yield the sandboxes that have folders, and whether each is to stay. A parked one that is not is claimed first."""
    for folder, labels in folders:
        if warm.WARM in labels:
            is_ours_to_end = not warm.is_wanted(folder, labels) and (warm.was_claimed(folder) or warm.claim(folder))
            yield folder.id, not is_ours_to_end
        else:
            yield folder.id, is_wanted(labels)
