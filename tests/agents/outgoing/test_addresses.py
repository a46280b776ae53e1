"""Every class of address, in every form it is written in."""

import pytest

from agents.outgoing.addresses import is_public, is_refused

METADATA_AND_THEIR_LIKE = [
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "224.0.0.1", "239.1.1.1", "fe80::1%eth0",
    "fd00:ec2::254", "fd20:ce::254", "ff02::1", "::ffff:169.254.169.254", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "255.255.255.255",
]  # fmt: skip
INSIDE = [
    "0.0.0.0", "10.0.0.5", "100.64.0.1", "127.0.0.1", "127.8.8.8", "172.16.0.1", "172.31.255.255", "192.0.0.1",  # noqa: S104  # nothing is bound
    "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.20", "192.175.48.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.9", "240.0.0.1", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1",
    "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fec0::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", METADATA_AND_THEIR_LIKE)
def test_metadata_addresses_are_refused_in_every_form(address):
    assert is_refused(address)
    assert not is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_no_host_of_the_internet_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.5", "192.168.1.20", "::1", "fd12::1", *OUTSIDE])
def test_addresses_where_models_are_served_are_not_refused(address):
    assert not is_refused(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_hosts_of_the_internet_are_public(address):
    assert is_public(address)
