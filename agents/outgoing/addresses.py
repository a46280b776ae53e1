"""Which addresses may be connected to. Pure.

Our own lists, and not `ipaddress.is_global`, which calls multicast, embedded and some metadata addresses global, and
does so differently from one version of Python to the next.
"""

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Nobody has anything to ask there: cloud metadata, which answers with the machine's own credentials, and no hosts.
_NEVER = tuple(
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
#: This machine, its network and what is no unicast address of the internet (IANA's special-purpose registries).
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "::/96",  # loopback, unspecified, and IPv4 in IPv6
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",  # Teredo and others
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fec0::/10",
    )
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
#: IPv6 ranges whose addresses hold an IPv4 address, and the place of its 32 bits counted from the right.
_CARRIERS = (
    (_MAPPED, 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)


def is_refused(address: str) -> bool:
    """Say whether an IP address, as a resolver returns it, must not be connected to by anybody."""
    return any(_is_in(form, network) for form in _forms(parsed(address)) for network in _NEVER)


def is_public(address: str) -> bool:
    """Say whether an IP address is a host's on the internet, and not this machine's or its network's."""
    if is_refused(address):
        return False
    # A mapped address is its IPv4 address to the machine that connects; the other forms are other hosts' to map.
    forms = [form for form in _forms(parsed(address)) if form not in _MAPPED]
    return not any(_is_in(form, network) for form in forms for network in _NOT_PUBLIC)


def parsed(address: str) -> _Address:
    """Return an IP address without its scope; raise ValueError where it is none."""
    return ipaddress.ip_address(address.partition("%")[0])


def is_inside(address: str, network: Network) -> bool:
    return _is_in(parsed(address), network)


def _is_in(address: _Address, network: Network) -> bool:
    return address.version == network.version and address in network


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
