"""A web server that only the allow-list leads to, and names that are looked up here."""

from pathlib import Path

import pytest

from agents.egress import proxy
from agents.egress.allow_list import AllowList
from agents.egress.proxy import Egress, egress
from agents.outgoing.policy import Policy, trusted_host
from agents.outgoing.resolving import HostNotFound
from tests.support.certificates import Vouched, vouch_for
from tests.support.web_server import WebServer

#: What each name leads to. `rebound.test` is judged by its first answer and must not be looked up again.
NAMES = {
    "allowed.test": ["127.0.0.1"],
    "api.example.test": ["127.0.0.1"],
    "other.test": ["127.0.0.1"],
    "loopback.example.test": ["127.0.0.1"],
    "metadata.example.test": ["169.254.169.254"],
    "mixed.example.test": ["93.184.216.34", "10.0.0.1"],
    "six.example.test": ["::1"],
    "mapped.example.test": ["::ffff:127.0.0.1"],
}


@pytest.fixture(scope="session")
def vouched(tmp_path_factory) -> Vouched:
    return vouch_for(tmp_path_factory.mktemp("authority"), "allowed.test", "api.example.test")


@pytest.fixture(scope="module")
def web():
    with WebServer() as server:
        yield server


@pytest.fixture(scope="module")
def secure_web(vouched):
    with WebServer(vouched.server) as server:
        yield server


@pytest.fixture(scope="module")
def looked_up():
    """The names that were looked up, by our own table."""
    asked: list[str] = []

    async def addresses_of(host, _port):
        asked.append(host)
        try:
            return NAMES[host.removesuffix(".")]
        except KeyError:
            raise HostNotFound(host) from None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proxy, "addresses_of", addresses_of)
        yield asked


@pytest.fixture(scope="module")
def way(web, secure_web, looked_up, tmp_path_factory) -> Egress:
    """A way out to allowed.test and what is below example.test; the operator trusts two of these, on this machine."""
    ports = [web.port, secure_web.port]
    trusted = [f"{host}:{port}" for host in ("allowed.test", "api.example.test") for port in ports]
    policy = Policy(trusted=tuple(map(trusted_host, trusted)))
    folder: Path = tmp_path_factory.mktemp("way")
    with egress(folder, AllowList.of(["allowed.test", "*.example.test"]), policy) as opened:
        yield opened
