"""A network of a sandbox's own with a way to the internet, and nothing nearer."""

import functools
import ipaddress
import json
from collections.abc import Mapping
from typing import NamedTuple

from sandboxes.backends.docker.engine import engine, removing
from sandboxes.backends.docker.lifecycle import HelperFailed, helped
from sandboxes.errors import SandboxUnavailable
from sandboxes.network import addresses_of, rules

#: Asked after the rules are in place; a route to any of them means that they don't hold.
_MUST_BE_CLOSED = ("169.254.169.254", "10.0.0.1", "172.17.0.1", "192.168.0.1")
_CLOSE = """
set -e
printf '%s' "$RULES" | ip -batch -
for address in $CLOSED; do
  if ip route get "$address" >/dev/null 2>&1; then echo "$address can still be reached" >&2; exit 1; fi
done
"""
_LOOK = "ip -json -4 address && echo && cat /etc/resolv.conf"


class Surroundings(NamedTuple):
    """Of the machine that the engine runs on."""

    addresses: list[str]
    nameservers: list[str]


def make_network(name: str, labels: Mapping[str, str]) -> None:
    engine().networks.create(
        name,
        driver="bridge",
        labels=dict(labels),
        options={"com.docker.network.bridge.enable_icc": "false"},
        check_duplicate=True,
    )


def close_to_neighbours(container: str, network: str, image: str) -> None:
    """Put the rules into the container's network and see that they hold, with a helper that has the right to."""
    found = surroundings(image)
    gateways = [
        entry["Gateway"] for entry in engine().networks.get(network).attrs["IPAM"]["Config"] if "Gateway" in entry
    ]
    batch = rules(nameservers=found.nameservers, host_addresses=[*found.addresses, *gateways])
    closed = " ".join((*_MUST_BE_CLOSED, *gateways, *found.addresses))
    try:
        helped(
            image, ["sh", "-c", _CLOSE], user="0:0", cap_add=["NET_ADMIN"], network_mode=f"container:{container}",
            environment={"RULES": batch, "CLOSED": closed},
        )  # fmt: skip
    except HelperFailed as failed:
        raise SandboxUnavailable(
            f"The sandbox's network could not be closed to private addresses: {failed}"
        ) from failed


@functools.lru_cache(maxsize=8)
def surroundings(image: str) -> Surroundings:
    """Ask the engine's machine for its addresses and its nameservers."""
    shown = helped(image, ["sh", "-c", _LOOK], user="65534:65534", network_mode="host")
    links, _, resolver = shown.decode().partition("\n\n")
    return Surroundings(addresses_of(json.loads(links)), _nameservers(resolver))


def _nameservers(resolver: str) -> list[str]:
    """Return the nameservers that a container can use; those on the host's loopback the engine itself stands in for."""
    named = [line.split()[1] for line in resolver.splitlines() if line.startswith("nameserver ")]
    return [name for name in named if _is_usable(name)]


def _is_usable(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.version == 4 and not address.is_loopback  # noqa: PLR2004  # IPv6 is off in sandboxes


def remove_network(name: str) -> None:
    with removing():
        engine().api.remove_network(name)
