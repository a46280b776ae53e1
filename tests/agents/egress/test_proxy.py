"""The proxy itself, asked over its socket."""

import socket
import ssl
import threading

import pytest

from agents.egress.allow_list import AllowList
from agents.egress.proxy import egress
from agents.outgoing.policy import Policy, trusted_host
from tests.support.web_server import Answer


def said_to(way, data: bytes) -> bytes:
    """Send something to the proxy and return all that comes back."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(way.socket))
        client.sendall(data)
        return b"".join(iter(lambda: client.recv(65536), b""))


def has_ended(client: socket.socket) -> bool:
    """Say whether the other end is gone. One that was never let in is told by a reset."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def tunnel(way, place: str) -> bytes:
    return said_to(way, f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())


@pytest.fixture
def blocked(way):
    """What is told of being blocked, from here on."""
    lines: list[str] = []
    way.denials._told.clear()
    way.denials.listen(lines.append)
    return lines


def test_a_plain_request_to_an_allowed_name_is_answered(way, web):
    web.script([Answer(200, b"hello")])

    first = f"POST http://allowed.test:{web.port}/a?b=c HTTP/1.1"

    answer = said_to(way, f"{first}\r\nHost: elsewhere\r\nContent-Length: 4\r\n\r\nbody".encode())

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"hello")
    asked = web.requests[-1]
    assert (asked.method, asked.path, asked.body) == ("POST", "/a?b=c", b"body")
    assert asked.headers["host"] == f"allowed.test:{web.port}"


def test_a_second_request_on_the_same_connection_reaches_nobody(way, web):
    count = len(web.requests)
    first = f"GET http://allowed.test:{web.port}/1 HTTP/1.1\r\n\r\n".encode()
    smuggled = b"GET /2 HTTP/1.1\r\nHost: other.test\r\n\r\n"

    said_to(way, first + smuggled)

    assert [asked.path for asked in web.requests[count:]] == ["/1"]


def test_a_tunnel_carries_tls_that_the_client_checks_itself(way, secure_web, vouched):
    secure_web.script([Answer(200, b"secret hello")])
    context = ssl.create_default_context(cafile=str(vouched.bundle))
    with socket.socket(socket.AF_UNIX) as plain:
        plain.connect(str(way.socket))
        plain.sendall(f"CONNECT api.example.test:{secure_web.port} HTTP/1.1\r\n\r\n".encode())
        assert plain.recv(4096).startswith(b"HTTP/1.1 200 ")
        with context.wrap_socket(plain, server_hostname="api.example.test") as secure:
            secure.sendall(b"GET /x HTTP/1.1\r\nHost: api.example.test\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: secure.recv(65536), b""))

    assert answer.endswith(b"secret hello")


def test_a_tunnel_to_an_allowed_name_leads_to_no_other_at_its_address(way, secure_web, blocked):
    count = len(secure_web.requests)
    context = ssl.create_default_context()
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(20)
        plain.connect(str(way.socket))
        plain.sendall(f"CONNECT allowed.test:{secure_web.port} HTTP/1.1\r\n\r\n".encode())
        assert plain.recv(4096).startswith(b"HTTP/1.1 200 ")
        with pytest.raises((ssl.SSLError, OSError)):
            context.wrap_socket(plain, server_hostname="other.test")

    place = f"allowed.test:{secure_web.port}"
    assert blocked == [f"blocked: other.test, asked for at {place}, is not on the allow-list"]
    assert len(secure_web.requests) == count


def test_a_tunnel_carries_nothing_but_tls(way, web, blocked):
    count = len(web.requests)
    first = f"CONNECT allowed.test:{web.port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: other.test\r\n\r\n"

    said_to(way, first.encode())

    assert blocked == [f"blocked: allowed.test:{web.port} was not asked by TLS, which a tunnel is for"]
    assert len(web.requests) == count


def test_a_name_that_is_not_on_the_list_is_not_even_looked_up(way, web, looked_up, blocked):
    answer = tunnel(way, f"other.test:{web.port}")

    assert answer.startswith(f"HTTP/1.1 403 blocked: other.test:{web.port} is not on the allow-list".encode())
    assert blocked == [f"blocked: other.test:{web.port} is not on the allow-list"]
    assert "other.test." not in looked_up


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "localhost", "example.test"]
)
def test_an_address_is_never_on_the_list(way, web, blocked, host):
    count = len(web.requests)

    assert tunnel(way, f"{host}:{web.port}").startswith(b"HTTP/1.1 403 ")

    assert blocked == [f"blocked: {host}:{web.port} is not on the allow-list"]
    assert len(web.requests) == count


@pytest.mark.parametrize("name", ["loopback", "metadata", "mixed", "six", "mapped"])
def test_an_allowed_name_that_leads_inside_is_blocked(way, blocked, name):
    assert tunnel(way, f"{name}.example.test:443").startswith(b"HTTP/1.1 403 ")

    [line] = blocked
    assert line.startswith(f"blocked: {name}.example.test:443: The host {name}.example.test is at a ")


@pytest.mark.parametrize("port", [22, 25, 5432, 6379])
def test_a_port_that_serves_no_web_is_blocked(way, looked_up, blocked, monkeypatch, port):
    async def public(*_):
        return ["93.184.216.34"]

    monkeypatch.setattr("agents.egress.proxy.addresses_of", public)

    assert tunnel(way, f"api.example.test:{port}").startswith(b"HTTP/1.1 403 ")

    assert f"The port {port} is not asked" in blocked[0]


def test_what_is_judged_is_what_is_connected_to(way, web, monkeypatch):
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])

    async def rebinding(*_):
        return next(answers)

    monkeypatch.setattr("agents.egress.proxy.addresses_of", rebinding)

    said_to(way, f"GET http://allowed.test:{web.port}/pinned HTTP/1.1\r\n\r\n".encode())

    assert web.requests[-1].path == "/pinned"
    assert next(answers) == ["169.254.169.254"]


def test_a_name_that_is_not_found_is_told_apart_from_a_block(way, blocked):
    assert tunnel(way, "nobody.example.test:443").startswith(b"HTTP/1.1 502 nobody.example.test could not be found")

    assert blocked == []


def test_a_host_that_does_not_answer_is_told_apart_from_a_block(tmp_path, looked_up):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        place = f"allowed.test:{closed.getsockname()[1]}"
        policy = Policy(trusted=(trusted_host(place),))
        with egress(tmp_path, AllowList.of(["allowed.test"]), policy) as opened:
            assert tunnel(opened, place).startswith(f"HTTP/1.1 502 {place} does not answer".encode())


def test_garbage_and_an_endless_head_are_refused(way):
    assert said_to(way, b"\x16\x03\x01\x02\x00 garbage\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert said_to(way, b"GET http://allowed.test/ HTTP/1.1\r\nX: " + b"x" * 70_000).startswith(b"HTTP/1.1 431 ")


def test_many_at_once_are_all_answered(way, web):
    answers: list[bytes] = []

    def ask(number: int) -> None:
        answers.append(said_to(way, f"GET http://allowed.test:{web.port}/{number} HTTP/1.1\r\n\r\n".encode()))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 60
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)


def test_at_its_end_it_lets_go_of_everything_at_once(tmp_path):
    with socket.socket(socket.AF_UNIX) as idle:
        with egress(tmp_path, AllowList.of(["allowed.test"]), Policy()) as opened:
            idle.settimeout(5)
            idle.connect(str(opened.socket))
            idle.sendall(b"CONNECT ")

        assert has_ended(idle)

    assert not opened.socket.exists()
