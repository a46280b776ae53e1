"""Which hosts may be asked. Pure, but for the check of the machine's own addresses, which asks the machine."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from agents.outgoing.addresses import Network, is_inside, is_public, is_refused

_WEB_PORTS = frozenset({80, 443, *range(8000, 9000)})
_HIGHEST_PORT = 65_535


class BadTrustedHost(ValueError):
    """An entry of the trusted hosts can't be read; the sentence says which."""


@dataclass(frozen=True, slots=True)
class TrustedHost:
    """A host or a network that the operator lets tools and webhooks ask; `port` None is every port of it."""

    host: str = ""
    network: Network | None = None
    port: int | None = None

    def holds(self, host: str, address: str, port: int) -> bool:
        """Say whether a host at an address is meant."""
        if self.port not in {None, port}:
            return False
        return self.host == host.lower() if self.network is None else is_inside(address, self.network)


@dataclass(frozen=True, slots=True)
class Policy:
    """What one sort of caller may ask."""

    is_private_allowed: bool = False
    ports: frozenset[int] | None = _WEB_PORTS
    trusted: tuple[TrustedHost, ...] = ()

    def problem(self, host: str, address: str, port: int) -> str:
        """Return why a host at an address must not be asked, or nothing. The operator's trust ends at metadata."""
        if is_refused(address):
            return f"The host {host} is at a link-local or metadata address, which is not asked."
        if self.is_private_allowed or any(trusted.holds(host, address, port) for trusted in self.trusted):
            return ""
        if not is_public(address) or _is_own(address, port):
            return (
                f"The host {host} is at a private address, which is not asked. "
                "The operator can name it in CALLBOARD_TRUSTED_HOSTS."
            )
        if self.ports is not None and port not in self.ports:
            return (
                f"The port {port} is not asked: use 80, 443 or 8000 to 8999. "
                f"The operator can name {host}:{port} in CALLBOARD_TRUSTED_HOSTS."
            )
        return ""


#: Models may be served from anywhere but where nobody serves anything, such as vLLM or Ollama on the local network.
MODELS = Policy(is_private_allowed=True, ports=None)


def guarded(trusted: Iterable[str]) -> Policy:
    """Return the policy of tools and webhooks; raise BadTrustedHost."""
    return Policy(trusted=tuple(map(trusted_host, trusted)))


def trusted_host(entry: str) -> TrustedHost:
    """Read `host`, `host:port`, an address with or without a port, or a network; raise BadTrustedHost."""
    entry = entry.strip().lower()
    try:
        return TrustedHost(network=ipaddress.ip_network(entry.strip("[]")))
    except ValueError:
        host, port = _split(entry)
    try:
        return TrustedHost(network=ipaddress.ip_network(host), port=port)
    except ValueError:
        if not host or any(character in host for character in "/*@\\ :"):
            raise BadTrustedHost(f"{entry!r} is no host, host:port or network such as 10.1.0.0/16.") from None
    return TrustedHost(host=host, port=port)


def _split(entry: str) -> tuple[str, int | None]:
    """Split off the port, if there is one."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = entry.partition(":")
    if not port:
        return host, None
    if not port.isdecimal() or not 1 <= int(port) <= _HIGHEST_PORT:
        raise BadTrustedHost(f"{entry!r} has no port of 1 to {_HIGHEST_PORT}.")
    return host, int(port)


def _is_own(address: str, port: int) -> bool:
    """Say whether an address is one of this machine's: it would then be what the machine itself connects from."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:  # connecting it sends nothing
        try:
            probe.connect((address, port))
        except OSError:
            return False
        return str(probe.getsockname()[0]) == address.partition("%")[0]
