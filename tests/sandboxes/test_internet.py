"""A sandbox with the internet reaches it, and nothing nearer."""

import json
import os
import socket
import subprocess

import pytest

from sandboxes.backends.bubblewrap import internet
from sandboxes.base import Network, SandboxSpec
from sandboxes.network import addresses_of
from tests.sandboxes.test_isolation import connect

pytestmark = pytest.mark.escape

PUBLIC_NAME = "deb.debian.org"


@pytest.fixture(scope="module")
def online(backend):
    if backend.name == "bubblewrap" and (obstacle := internet.obstacle()) is not None and os.geteuid() != 0:
        pytest.skip(f"sandboxes with the internet are not tested here: {obstacle.message}")
    with backend.open(SandboxSpec(network=Network.INTERNET)) as sandbox:
        yield sandbox


@pytest.fixture
def host_port():
    """A port of the host, on all its addresses."""
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104  # so that whichever address is reached, somebody would answer
        listener.listen()
        yield listener.getsockname()[1]


def host_addresses():
    shown = subprocess.run(["ip", "-json", "-4", "address"], check=True, capture_output=True)
    return addresses_of(json.loads(shown.stdout))


def test_a_public_name_is_found_and_answers(online):
    with socket.create_connection((PUBLIC_NAME, 80), timeout=20):
        pass  # this machine reaches it; else the failure is not the sandbox's

    assert connect(online, "AF_INET", PUBLIC_NAME, "80") == "connected\n"


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "10.0.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "224.0.0.1"]
)
def test_private_and_metadata_addresses_are_out_of_reach(online, address):
    assert connect(online, "AF_INET", address, "80") == "refused OSError\n"


def test_the_host_is_out_of_reach_by_any_of_its_addresses(online, host_port):
    shown = online.exec(["sh", "-c", "cat /proc/net/route"]).stdout_text.splitlines()[1:]
    gateways = {socket.inet_ntoa(bytes.fromhex(line.split()[2])[::-1]) for line in shown} - {"0.0.0.0"}  # noqa: S104

    assert gateways
    for address in {*gateways, *host_addresses(), "10.0.2.2"}:
        assert connect(online, "AF_INET", address, str(host_port)) == "refused OSError\n", address


def test_the_hosts_loopback_stays_closed(online, host_port):
    assert connect(online, "AF_INET", "127.0.0.1", str(host_port)).startswith("refused")


def test_the_rules_can_not_be_taken_away(online):
    result = online.exec(["sh", "-c", "ip rule flush || ip rule del pref 200"])

    assert result.exit_code != 0
    assert connect(online, "AF_INET", "10.0.0.1", "80") == "refused OSError\n"


def test_sandboxes_with_the_internet_do_not_reach_each_other(backend, online):
    with backend.open(SandboxSpec(network=Network.INTERNET)) as other:
        shown = other.exec(["sh", "-c", "cat /proc/net/fib_trie"]).stdout_text.split()
        for address in {word for word in shown if word.count(".") == 3 and word[0] in "123456789"}:
            if not address.startswith("127.") and not address.endswith((".0", ".255")):
                assert connect(online, "AF_INET", address, "1").startswith("refused")
