"""Which addresses a sandbox with the internet can't reach, and the routing rules that make it so.

Rules come before the routing tables, so that they also hold for the network a sandbox is connected to: its gateway is
the host. A sandbox has no right to change them.
"""

from collections.abc import Sequence

#: Private, shared, link-local (which has the metadata of clouds), test, multicast and reserved networks (RFC 6890),
#: and Azure's host address. IPv6 is off in sandboxes.
BLOCKED = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
)
_EXCEPTIONS_FROM = 100
_BLOCKS_FROM = 200


def rules(*, nameservers: Sequence[str], host_addresses: Sequence[str]) -> str:
    """Return a batch for `ip -batch -`: questions to the nameservers may pass, nothing else to a blocked network."""
    allowed = [
        f"rule add pref {_EXCEPTIONS_FROM} to {server}/32 ipproto {protocol} dport 53 lookup main"
        for server in nameservers
        for protocol in ("udp", "tcp")
    ]
    own = dict.fromkeys(f"{address}/32" for address in host_addresses)  # a rule can't be added twice
    blocked = [f"rule add pref {_BLOCKS_FROM} to {network} unreachable" for network in (*BLOCKED, *own)]
    return "\n".join([*allowed, *blocked, ""])


def addresses_of(ip_json: Sequence[dict[str, object]]) -> list[str]:
    """Return the IPv4 addresses in what `ip -json -4 address` printed, loopback left out."""
    found = []
    for link in ip_json:
        entries = link.get("addr_info")
        for entry in entries if isinstance(entries, list) else []:
            address = entry.get("local")
            if isinstance(address, str) and not address.startswith("127."):
                found.append(address)
    return found
