"""What a sandbox with an allow-list reaches, tried from inside, in each backend."""

import socket

import pytest

from sandboxes import paths
from sandboxes.base import SandboxSpec
from tests.sandboxes.conftest import REAL, _params, make_backend
from tests.sandboxes.test_isolation import connect
from tests.support.web_server import Answer

pytestmark = pytest.mark.escape


@pytest.fixture(scope="module", params=_params(REAL))
def inside(request, way, vouched, tmp_path_factory):
    """A sandbox whose only way out is the proxy, and which trusts our authority."""
    root = tmp_path_factory.mktemp("inside", numbered=True)
    backend = make_backend(request.param, root)
    with backend.open(SandboxSpec(egress_socket=way.socket, ca_bundle=vouched.bundle)) as sandbox:
        yield sandbox


@pytest.fixture
def blocked(way):
    lines: list[str] = []
    way.denials._told.clear()
    way.denials.listen(lines.append)
    return lines


def fetched(sandbox, url: str) -> str:
    """Return what Python's own client gets, or how it fails."""
    code = """
import sys, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=15).read().decode())
except Exception as error:
    print(type(error).__name__, error)
"""
    return sandbox.exec(["python3", "-c", code, url]).stdout_text.strip()


def test_an_allowed_host_answers_over_https_with_a_private_authority(inside, secure_web):
    secure_web.script([Answer(200, b"hello")])

    assert fetched(inside, f"https://allowed.test:{secure_web.port}/") == "hello"


def test_an_allowed_host_answers_over_plain_http(inside, web):
    web.script([Answer(200, b"hello")])

    assert fetched(inside, f"http://api.example.test:{web.port}/") == "hello"


def test_a_blocked_host_is_told_of_inside_and_outside(inside, secure_web, blocked):
    place = f"other.test:{secure_web.port}"

    said = fetched(inside, f"https://{place}/")

    assert f"403 blocked: {place} is not on the allow-list" in said
    assert blocked == [f"blocked: {place} is not on the allow-list"]


@pytest.mark.parametrize("host", ["127.0.0.1.", "[::1]", "10.0.0.1", "169.254.169.254"])
def test_an_address_is_not_asked_through_the_proxy(inside, web, blocked, host):
    """`127.0.0.1.` and not `127.0.0.1`, which programs inside are told to ask themselves."""
    assert "403" in fetched(inside, f"http://{host}:{web.port}/")

    assert len(blocked) == 1


def test_a_name_that_leads_to_this_machine_or_to_metadata_is_blocked(inside, blocked):
    for name in ("loopback", "metadata"):
        assert "403" in fetched(inside, f"https://{name}.example.test/")

    assert len(blocked) == 2


def test_a_port_that_serves_no_web_is_blocked(inside, blocked, monkeypatch):
    async def public(*_):
        return ["93.184.216.34"]

    monkeypatch.setattr("agents.egress.proxy.addresses_of", public)

    assert "403" in fetched(inside, "https://api.example.test:22/")
    assert "The port 22 is not asked" in blocked[0]


@pytest.mark.parametrize("address", ["1.1.1.1", "169.254.169.254", "10.0.0.1", "2606:4700:4700::1111", "fe80::1"])
def test_nothing_is_reached_past_the_proxy(inside, address):
    code = "import socket, sys\ntry: socket.create_connection((sys.argv[1], 443), 5)\nexcept OSError: print('refused')"

    assert inside.exec(["python3", "-c", code, address]).stdout_text == "refused\n"


def test_the_hosts_loopback_is_not_the_sandboxs(inside, web):
    with socket.create_connection(("127.0.0.1", web.port), timeout=5):
        pass  # somebody listens out here

    assert connect(inside, "AF_INET", "127.0.0.1", str(web.port)).startswith("refused")


def test_names_can_not_be_looked_up_inside(inside):
    code = "import socket\ntry: print(socket.getaddrinfo('deb.debian.org', 80))\nexcept OSError: print('not found')"

    assert inside.exec(["python3", "-c", code]).stdout_text == "not found\n"


def test_curl_and_the_like_are_told_too(inside):
    shown = inside.exec(["env"]).stdout_text.splitlines()

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        assert f"{name}={paths.EGRESS_URL}" in shown
    assert "NO_PROXY=localhost,127.0.0.1,::1" in shown
