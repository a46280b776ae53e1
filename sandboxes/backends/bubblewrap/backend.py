import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from sandboxes import cgroups
from sandboxes.backends.bubblewrap import host, internet
from sandboxes.backends.bubblewrap.arguments import Layout
from sandboxes.backends.bubblewrap.doctor import report
from sandboxes.backends.bubblewrap.leftovers import reap
from sandboxes.backends.bubblewrap.probe import probe
from sandboxes.backends.bubblewrap.sandbox import BubblewrapSandbox
from sandboxes.base import Backend, BackendConfig, IsWanted, Network, Profile, SandboxSpec
from sandboxes.capabilities import Capabilities, Wish
from sandboxes.cgroups import Group
from sandboxes.errors import NotSupported, SandboxUnavailable
from sandboxes.folders import SandboxFolder
from sandboxes.mounts import check_mounts
from sandboxes.prepared import etc_folder, harness_folder
from sandboxes.report import BackendReport
from sandboxes.run_folder import RunFolder

_USE_DOCKER = "Use the docker backend: CALLBOARD_SANDBOX=docker."


class BubblewrapBackend(Backend):
    name: ClassVar[str] = "bubblewrap"
    shows_host: ClassVar[bool] = True

    def __init__(self, config: BackendConfig, *, use_cgroups: bool = True) -> None:
        self._config = config
        self._hierarchy = cgroups.hierarchy() if use_cgroups else None

    def open(self, spec: SandboxSpec) -> BubblewrapSandbox:
        self._refuse_unsupported(spec)
        python = host.interpreter()
        if (obstacle := self.obstacle()) is not None or python is None:
            raise obstacle or _no_python()
        roots = host.reachable_roots(self._config.root)
        check_mounts(spec.mounts, roots.shared)
        account = host.account()
        with contextlib.ExitStack() as undo:
            folder = SandboxFolder.make(roots.own, self.name, spec.labels)
            undo.callback(folder.remove)
            folder.make_for_user(account)
            run_folder = RunFolder.make(folder.run, spec, spec.ca_bundle or self._config.ca_bundle)
            undo.callback(run_folder.close)
            group = self._group(folder, spec, undo)
            layout = Layout(
                folder,
                _etc(roots.shared, spec),
                harness_folder(roots.shared, python),
                python,
                probe().can_disable_userns,
                spec.mounts,
            )
            undo.pop_all()
        return BubblewrapSandbox(spec, layout=layout, run_folder=run_folder, group=group, account=account)

    def obstacle(self) -> SandboxUnavailable | None:
        found = probe()
        if found.problem:
            return SandboxUnavailable(found.problem, fix=found.fix)
        return None if host.interpreter() else _no_python()

    def check(self) -> BackendReport:
        return report(self.name, self._hierarchy)

    def capabilities(self) -> Capabilities:
        return Capabilities(self.name, dict(_lacking(has_groups=self._hierarchy is not None)))

    def shared_root(self) -> Path:
        return host.reachable_roots(self._config.root).shared

    def fingerprint(self, image: str | None) -> str:
        if image is not None:
            raise NotSupported(f"bubblewrap sandboxes have no images, so none called {image}.", fix=_USE_DOCKER)
        return host.fingerprint()

    def pythons(self) -> Mapping[str, str]:
        return host.pythons()

    def default_python(self) -> str:
        return host.default_python()

    def reap(self, is_wanted: IsWanted) -> int:
        return reap(host.reachable_roots(self._config.root).own, self.name, self._hierarchy, is_wanted)

    def _refuse_unsupported(self, spec: SandboxSpec) -> None:
        if spec.profile is Profile.SUDO:
            raise NotSupported(
                "Nothing can become root in a bubblewrap sandbox, so no packages can be installed.", fix=_USE_DOCKER
            )
        if spec.network is Network.INTERNET and (obstacle := internet.obstacle()) is not None:
            raise obstacle
        for refusal in self.capabilities().refusals(spec):
            raise NotSupported(refusal.text, fix=_USE_DOCKER)

    def _group(self, folder: SandboxFolder, spec: SandboxSpec, undo: contextlib.ExitStack) -> Group | None:
        if self._hierarchy is None:
            return None
        group = self._hierarchy.group(folder.id)
        undo.callback(group.remove)
        group.make(spec.limits)
        return group


def _etc(shared: Path, spec: SandboxSpec) -> Path:
    return etc_folder(shared, internet.NAMESERVER if spec.network is Network.INTERNET else None)


def _no_python() -> SandboxUnavailable:
    return SandboxUnavailable("There is no Python that sandboxes could use.", fix="apt-get install python3")


def _lacking(*, has_groups: bool) -> Iterator[tuple[Wish, str]]:
    """Yield what bubblewrap can't do here, each with its reason."""
    yield Wish.IMAGE, "bubblewrap sandboxes have no images: they show the host's own programs."
    yield Wish.RUNTIME, "bubblewrap has no runtimes: what runs in it shares the host's kernel."
    if not has_groups:
        yield Wish.CPUS, "Without control groups bubblewrap can't share out processor time."
        yield Wish.MEMORY, "Without control groups bubblewrap can limit the memory of each process alone."
    if (obstacle := internet.obstacle()) is not None:
        yield Wish.INTERNET, obstacle.message
