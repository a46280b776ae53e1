from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.egress.asked import Asked, BadRequest, read_head


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def test_a_tunnel_names_its_host_and_port():
    assert read_head(head("CONNECT PyPI.org:443 HTTP/1.1", "Host: pypi.org:443")) == Asked("pypi.org", 443)


def test_a_tunnel_to_an_ipv6_address_is_read_as_one():
    assert read_head(head("CONNECT [::1]:443 HTTP/1.1")) == Asked("[::1]", 443)


def test_a_plain_request_is_sent_on_as_the_host_itself_is_asked():
    asked = read_head(
        head(
            "POST http://example.test:8080/a?b=c HTTP/1.1", "Host: elsewhere.test", "Proxy-Authorization: Basic x",
            "Connection: keep-alive, X-Kept", "X-Kept: yes", "Content-Length: 3",
        )
    )  # fmt: skip

    assert (asked.host, asked.port, asked.body_bytes) == ("example.test", 8080, 3)
    assert asked.head == head(
        "POST /a?b=c HTTP/1.1", "Host: example.test:8080", "X-Kept: yes", "Content-Length: 3", "Connection: close"
    )


def test_a_request_without_a_path_asks_for_the_root():
    asked = read_head(head("GET http://example.test?a=b HTTP/1.1"))

    assert asked.head is not None
    assert asked.head.startswith(b"GET /?a=b HTTP/1.1\r\nHost: example.test\r\n")


@pytest.mark.parametrize(
    "lines",
    [
        ["GET / HTTP/1.1"],
        ["GET https://example.test/ HTTP/1.1"],
        ["GET ftp://example.test/ HTTP/1.1"],
        ["GET http://user:secret@example.test/ HTTP/1.1"],
        ["GET http://example.test\\@other.test/ HTTP/1.1"],
        ["CONNECT example.test HTTP/1.1"],
        ["CONNECT example.test:0 HTTP/1.1"],
        ["CONNECT example.test:70000 HTTP/1.1"],
        ["CONNECT user@example.test:443 HTTP/1.1"],
        ["CONNECT b\xfccher.test:443 HTTP/1.1"],
        ["CONNECT example.test:443 HTTP/2"],
        ["CONNECT example.test:443"],
        ["SSH-2.0-OpenSSH_9.2"],
        ["GET http://example.test/ HTTP/1.1", " folded: yes"],
        ["GET http://example.test/ HTTP/1.1", "no colon"],
        ["GET http://example.test/ HTTP/1.1", "A: b\nHost: other.test"],
        ["POST http://example.test/ HTTP/1.1", "Content-Length: 3", "Content-Length: 30"],
        ["POST http://example.test/ HTTP/1.1", "Content-Length: +3"],
    ],
)
def test_what_can_not_be_read_in_one_way_only_is_refused(lines):
    with pytest.raises(BadRequest) as refused:
        read_head(head(*lines))

    assert refused.value.status == HTTPStatus.BAD_REQUEST


def test_a_body_without_a_length_is_refused():
    with pytest.raises(BadRequest) as refused:
        read_head(head("POST http://example.test/ HTTP/1.1", "Transfer-Encoding: chunked"))

    assert refused.value.status == HTTPStatus.LENGTH_REQUIRED


@given(st.binary(max_size=300))
def test_nothing_that_is_sent_is_more_than_refused(data):
    try:
        asked = read_head(data + b"\r\n\r\n")
    except BadRequest:
        return
    assert asked.host


@given(st.binary(max_size=60))
def test_no_header_becomes_a_line_of_its_own(value):
    given_head = b"GET http://example.test/ HTTP/1.1\r\nX-Sent: " + value + b"\r\n\r\n"
    try:
        asked = read_head(given_head)
    except BadRequest:
        return
    assert asked.head is not None
    assert asked.head.split(b"\r\n").count(b"Host: example.test") == 1
