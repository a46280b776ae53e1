from collections.abc import Awaitable, Callable
from typing import Any, cast

from django.urls import path, re_path

from console.live.consumers import CLOSE_NOT_FOUND, ProjectConsumer, RunConsumer


def _application(consumer: Any) -> Any:
    """Channels routes its own applications through Django's `path`, whose types know only views."""
    return cast("Any", consumer.as_asgi())


async def _nowhere(_scope: object, _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Refuse a socket at an address that has none. Channels would raise, which looks like a fault of ours."""
    await send({"type": "websocket.close", "code": CLOSE_NOT_FOUND})


routes: list[Any] = [
    path("ws/runs/<str:run_id>", _application(RunConsumer)),
    path("ws/feed", _application(ProjectConsumer)),
    re_path("", cast("Any", _nowhere)),
]
