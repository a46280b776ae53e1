"""What is larger than anything that can be sent is refused at the door."""

import asyncio

from console.body_limit import BodyLimit


async def _echo(scope, receive, send):
    length = 0
    while True:
        event = await receive()
        length += len(event.get("body", b""))
        if not event.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def asked(*pieces, announced=None):
    """Send a request in pieces; return the status and how many of the pieces were taken."""
    sent, taken = [], []

    async def receive():
        taken.append(pieces[len(taken)])
        return {"type": "http.request", "body": taken[-1], "more_body": len(taken) < len(pieces)}

    async def send(event):
        sent.append(event)

    headers = [] if announced is None else [(b"content-length", str(announced).encode())]
    asyncio.run(BodyLimit(_echo, most_bytes=10)({"type": "http", "headers": headers}, receive, send))
    return sent[0]["status"], len(taken)


def test_what_fits_goes_through():
    assert asked(b"12345", b"67890") == (200, 2)


def test_what_is_announced_too_long_is_not_read_at_all():
    assert asked(b"1", announced=11) == (413, 0)


def test_what_announces_nothing_is_counted_as_it_comes():
    assert asked(b"12345", b"67890", b"1", b"2") == (413, 3)


def test_what_announces_less_than_it_sends_is_counted_too():
    assert asked(b"12345678901", b"1", announced=5) == (413, 1)
