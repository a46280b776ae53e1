"""Refuses requests whose body is larger than anything that can be sent here, before it is kept anywhere."""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from agents.archives.limits import LIMITS

#: The largest upload there is, and what forms put around a file.
MOST_BYTES = LIMITS.packed + 1024 * 1024
_SENTENCE = f"A request can have at most {MOST_BYTES // 1024**2} MB."

Scope = dict[str, Any]
Event = Mapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooLong(Exception):
    """More came than a request may have."""


class BodyLimit:
    """An ASGI application around another. Bodies of no announced length are counted as they come."""

    def __init__(self, application: Application, most_bytes: int = MOST_BYTES) -> None:
        self._application = application
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _announced(scope) > self._most_bytes:
            await _refuse(send)
            return
        count = 0

        async def counted() -> Event:
            nonlocal count
            event = await receive()
            count += len(event.get("body", b""))
            if count > self._most_bytes:
                raise TooLong
            return event

        try:
            await self._application(scope, counted, send)
        except TooLong:
            await _refuse(send)


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope.get("headers", ()) if name == b"content-length" and value.isdigit()]
    return int(lengths[0]) if lengths else 0


async def _refuse(send: Send) -> None:
    body = json.dumps({"error": {"code": "too_large", "message": _SENTENCE, "details": {}}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "headers": headers})
    await send({"type": "http.response.body", "body": body})
