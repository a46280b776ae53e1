"""What a sandbox finds in /run/callboard: the channel, the way to the proxy, the certificates to trust."""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from sandboxes import paths
from sandboxes.channel import listen
from sandboxes.errors import SandboxUnavailable
from sandboxes.harness.relay import Relay, unix_connector


@dataclass
class RunFolder:
    """The host's end of it. The sandbox sees the folder read-only and may connect to the sockets in it."""

    listener: socket.socket
    has_ca_bundle: bool
    _relay: Relay | None

    @classmethod
    def make(cls, folder: Path, *, proxy_socket: Path | None, ca_bundle: Path | None) -> "RunFolder":
        """Fill the folder. The proxy's own socket may lie anywhere and let only us connect: we pass its bytes on."""
        if ca_bundle is not None:
            _copy_bundle(ca_bundle, folder / Path(paths.CA_BUNDLE).name)
        listener = listen(folder, Path(paths.CHANNEL).name)
        relay = None
        if proxy_socket is not None:
            way_in = listen(folder, Path(paths.PROXY).name, backlog=128)
            relay = Relay(way_in, unix_connector(str(proxy_socket)))
        return cls(listener, ca_bundle is not None, relay)

    def close(self) -> None:
        self.listener.close()
        if self._relay is not None:
            self._relay.close()


def _copy_bundle(bundle: Path, target: Path) -> None:
    try:
        shutil.copyfile(bundle, target)
    except OSError as error:
        raise SandboxUnavailable(
            f"The certificates in {bundle} can't be read: {error.strerror}.", fix="Correct CALLBOARD_CA_BUNDLE."
        ) from error
    target.chmod(0o644)
