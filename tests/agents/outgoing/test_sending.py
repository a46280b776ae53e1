"""The guarded way out, over real sockets."""

import threading
import time

import pytest

from agents.errors import CallStopped
from agents.outgoing import transport
from agents.outgoing.sending import NotSent, Request, send
from tests.support.web_server import Answer, WebServer


@pytest.fixture
def server(settings):
    """A web server on this machine, which the operator trusts."""
    with WebServer() as server:
        settings.CALLBOARD_TRUSTED_HOSTS = [f"127.0.0.1:{server.port}", f"localhost:{server.port}"]
        yield server


def test_a_trusted_host_is_asked_with_what_was_given(server):
    server.script([Answer(201, b'{"made": true}', {"X-Kept": "yes"})])
    received = send(Request("POST", f"{server.url}/things?a=b", {"X-Mine": "1"}, b"{}"))
    assert (received.status, received.body, received.headers["x-kept"]) == (201, b'{"made": true}', "yes")
    asked = server.requests[0]
    assert (asked.method, asked.path, asked.body, asked.headers["x-mine"]) == ("POST", "/things?a=b", b"{}", "1")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "0", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_asked_however_it_is_spelled(server, settings, host):
    settings.CALLBOARD_TRUSTED_HOSTS = []
    with pytest.raises(NotSent, match="private address") as caught:
        send(Request("GET", f"http://{host}:{server.port}/"))
    assert not caught.value.is_retryable
    assert not server.requests


def test_a_name_is_refused_if_any_of_its_addresses_is(server, settings, monkeypatch):
    async def addresses(*_):
        return ["8.8.8.8", "127.0.0.1"]

    settings.CALLBOARD_TRUSTED_HOSTS = []
    monkeypatch.setattr(transport, "addresses_of", addresses)
    with pytest.raises(NotSent, match=r"The host rebound\.example is at a private address"):
        send(Request("GET", "http://rebound.example/"))
    assert not server.requests


def test_what_was_looked_at_is_what_is_connected_to(server, settings, monkeypatch):
    """A name that is looked up again could be elsewhere by then, so it is looked up once."""
    lookups = []

    async def addresses(host, _port):
        lookups.append(host)
        return ["127.0.0.1"] if len(lookups) == 1 else ["169.254.169.254"]

    settings.CALLBOARD_TRUSTED_HOSTS = ["pinned.example"]
    monkeypatch.setattr(transport, "addresses_of", addresses)
    assert send(Request("GET", f"http://pinned.example:{server.port}/")).status == 200
    assert (lookups, server.requests[0].headers["host"]) == (["pinned.example"], f"pinned.example:{server.port}")


def test_a_redirect_is_not_followed(server):
    server.script([Answer(302, headers={"Location": f"{server.url}/elsewhere"})])
    with pytest.raises(NotSent, match="redirects to") as caught:
        send(Request("GET", f"{server.url}/"))
    assert not caught.value.is_retryable
    assert len(server.requests) == 1


def test_an_answer_that_is_too_large_is_not_read(server):
    server.script([Answer(200, b"x" * 3_000_000)])
    with pytest.raises(NotSent, match=r"larger than 2 MB"):
        send(Request("GET", f"{server.url}/", most_bytes=2 * 1024 * 1024))


def test_a_slow_drip_ends_at_the_deadline_for_all_of_it(server):
    server.script([Answer(200, b"x" * 50, drip_seconds=0.1)])
    started = time.monotonic()
    with pytest.raises(NotSent, match=r"no answer within 0\.5 seconds") as caught:
        send(Request("GET", f"{server.url}/", timeout_s=0.5))
    assert (caught.value.is_timeout, caught.value.is_retryable) == (True, True)
    assert time.monotonic() - started < 3


def test_nobody_waits_for_a_stopped_request(server):
    server.script([Answer(200, delay_seconds=20)])
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(CallStopped):
        send(Request("GET", f"{server.url}/"), stop=stop)


def test_a_host_that_is_not_there_may_be_tried_again(settings):
    settings.CALLBOARD_TRUSTED_HOSTS = ["127.0.0.1:1"]
    with pytest.raises(NotSent, match="could not be reached") as caught:
        send(Request("GET", "http://127.0.0.1:1/"))
    assert caught.value.is_retryable


def test_proxies_of_the_environment_do_not_lead_elsewhere(server, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(Request("GET", f"{server.url}/")).status == 200


def test_a_scheme_that_is_not_the_webs_is_refused():
    with pytest.raises(NotSent, match="begins with http"):
        send(Request("GET", "file:///etc/passwd"))
