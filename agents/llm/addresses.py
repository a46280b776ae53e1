"""Addresses that no model is served from and that must not be asked: cloud metadata services and their like.

A base URL is set by an organization's admins and may well be a private host, such as vLLM or Ollama on the local
network. A link-local or metadata address never is one, and answers with the machine's own credentials.
"""

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local; AWS, Azure, Google and others' metadata
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's host
        "224.0.0.0/4",  # multicast
        "255.255.255.255/32",
        "fe80::/10",
        "fd00:ec2::/32",  # AWS's metadata
        "fd20:ce::/32",  # Google's metadata
        "ff00::/8",
    )
)
#: IPv6 ranges whose addresses hold an IPv4 address, and the place of its 32 bits counted from the right.
_CARRIERS = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)


def is_refused(address: str) -> bool:
    """Say whether an IP address, as a resolver returns it, must not be connected to."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return any(form.version == network.version and form in network for form in _forms(parsed) for network in _REFUSED)


def _forms(address: _Address) -> list[_Address]:
    """Return an address and the IPv4 addresses it may stand for."""
    forms = [address]
    if isinstance(address, ipaddress.IPv6Address):
        forms += [
            ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
            for network, shift in _CARRIERS
            if address in network
        ]
    return forms
