from typing import Any, cast

from django.urls import path

from console.consumers import ProjectConsumer, RunConsumer


def _application(consumer: Any) -> Any:
    """Channels routes its own applications through Django's `path`, whose types know only views."""
    return cast("Any", consumer.as_asgi())


routes: list[Any] = [
    path("ws/runs/<str:run_id>", _application(RunConsumer)),
    path("ws/feed", _application(ProjectConsumer)),
]
