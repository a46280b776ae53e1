"""What a sandbox finds in /run/callboard: the channel, the way to the proxy, the certificates to trust."""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from sandboxes import paths
from sandboxes.base import SandboxSpec
from sandboxes.channel import listen
from sandboxes.environment import ca_environment, egress_environment
from sandboxes.errors import SandboxUnavailable
from sandboxes.harness.relay import Relay, unix_connector


@dataclass
class RunFolder:
    """The host's end of it. The sandbox sees the folder read-only and may connect to the sockets in it."""

    listener: socket.socket
    has_ca_bundle: bool
    is_filtered: bool
    _relays: tuple[Relay, ...]

    @classmethod
    def make(cls, folder: Path, spec: SandboxSpec, ca_bundle: Path | None) -> "RunFolder":
        """Fill the folder, and open what leads out of it."""
        put_bundle(folder, ca_bundle)
        return cls.open(folder, spec)

    @classmethod
    def open(cls, folder: Path, spec: SandboxSpec) -> "RunFolder":
        """Open what leads out of a folder that has its certificates: also one that is shown in a sandbox already.

        The proxies' own sockets may lie anywhere and let only us connect: we pass their bytes on.
        """
        listener = listen(folder, Path(paths.CHANNEL).name)
        ways = ((paths.PROXY, spec.proxy_socket), (paths.EGRESS, spec.egress_socket))
        relays = tuple(_relay(folder, inside, outside) for inside, outside in ways if outside is not None)
        return cls(listener, _bundle_in(folder).exists(), spec.egress_socket is not None, relays)

    def close(self) -> None:
        self.listener.close()
        for relay in self._relays:
            relay.close()


def way_environment(folder: RunFolder) -> dict[str, str]:
    """Return what tells programs inside which certificates to trust and which way out to take."""
    return {
        **ca_environment(has_bundle=folder.has_ca_bundle),
        **egress_environment(is_filtered=folder.is_filtered),
    }


def put_bundle(folder: Path, bundle: Path | None) -> None:
    """Put the certificates to trust into a folder, where there are any."""
    if bundle is not None:
        _copy_bundle(bundle, _bundle_in(folder))


def _bundle_in(folder: Path) -> Path:
    return folder / Path(paths.CA_BUNDLE).name


def _relay(folder: Path, inside: str, outside: Path) -> Relay:
    return Relay(listen(folder, Path(inside).name, backlog=128), unix_connector(str(outside)))


def _copy_bundle(bundle: Path, target: Path) -> None:
    try:
        shutil.copyfile(bundle, target)
    except OSError as error:
        raise SandboxUnavailable(
            f"The certificates in {bundle} can't be read: {error.strerror}.", fix="Correct CALLBOARD_CA_BUNDLE."
        ) from error
    target.chmod(0o644)
