import contextlib
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.egress.client_hello import NotTls, server_name


def hello(name: str | None) -> bytes:
    """Return what Python's own TLS sends first."""
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    client = context.wrap_bio(coming, going, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return going.read()


HELLO = hello("allowed.test")


def in_records(data: bytes, size: int) -> bytes:
    """Return the same message in records of at most `size` bytes."""
    message = data[5:]
    pieces = [message[start : start + size] for start in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2) + piece for piece in pieces)


def test_the_name_that_a_client_asks_for_is_found():
    assert server_name(HELLO) == "allowed.test"


def test_a_client_that_names_none_is_told_apart():
    assert server_name(hello(None)) == ""


@pytest.mark.parametrize("size", [1, 3, 100])
def test_it_is_found_however_the_message_is_cut_into_records(size):
    assert server_name(in_records(HELLO, size)) == "allowed.test"


def test_while_it_is_not_whole_more_is_waited_for():
    assert {server_name(HELLO[:count]) for count in range(len(HELLO))} == {None}


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"\x16\x02\x00",
        b"\x17\x03\x03\x00\x01x",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
    ],
)
def test_anything_else_is_no_tls(data):
    with pytest.raises(NotTls):
        server_name(data)


@given(st.binary(max_size=600))
def test_nothing_that_is_sent_does_more_than_that(rest):
    for data in (rest, HELLO[:5] + rest, HELLO[:60] + rest, b"\x16\x03\x01" + len(rest).to_bytes(2) + rest):
        try:
            name = server_name(data)
        except NotTls:
            continue
        assert name is None or isinstance(name, str)


@given(st.integers(min_value=0, max_value=len(HELLO) - 1), st.integers(min_value=0, max_value=255))
def test_a_message_with_one_byte_changed_is_read_or_refused(place, value):
    changed = HELLO[:place] + bytes([value]) + HELLO[place + 1 :]
    with contextlib.suppress(NotTls):
        server_name(changed)
