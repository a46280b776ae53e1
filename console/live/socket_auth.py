"""Who opens a socket, and what they may look at. The same rules as pages and API, asked through `console.access`."""

import uuid
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from channels.security.websocket import OriginValidator
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from agents.queries import agent_runs_for
from console.access import Permission, can
from console.errors import NotFound
from console.models import User
from console.session import Place, place_of_token, place_of_user
from console.signing_in.auth import api_token_resolve
from console.tenancy import by_public_id
from orchestration.queries import runs_for

Application = Any  # ASGI: what a scope and the two callables are, only the server and Channels say


class OriginOrToken:
    """Refuses browsers of other origins. A program shows a token instead, which no other site's page could send."""

    def __init__(self, application: Application, origins: list[str]) -> None:
        self._application = application
        self._checked = OriginValidator(application, origins)

    async def __call__(self, scope: Any, receive: Application, send: Application) -> Any:
        inner = self._application if _bearer(scope) else self._checked
        return await inner(scope, receive, send)


def place_of_scope(scope: Mapping[str, Any]) -> Place | None:
    """Return the place of whoever opens a socket or has it open, by token or by session, as they are now."""
    token = _bearer(scope)
    if token:
        found = api_token_resolve(token)
        return place_of_token(found) if found else None
    session = _session(scope)
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    return place_of_user(user, session) if isinstance(user, User) and user.is_active else None


def _session(scope: Mapping[str, Any]) -> SessionBase:
    """Return the session read anew: a socket outlives the moment in which somebody signs out."""
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(scope["session"].session_key)
    return store


def run_of_scope(scope: Mapping[str, Any], place: Place) -> uuid.UUID | None:
    """Return the run that a socket's path names, by its own id or by the id of its agent run."""
    public_id = str(scope["url_route"]["kwargs"]["run_id"])
    try:
        if public_id.startswith("arun_"):
            agent_run = by_public_id(agent_runs_for(place.actor), public_id)
            run_id, project_id = agent_run.run_id, agent_run.project_id
        else:
            run = by_public_id(runs_for(place.actor), public_id)
            run_id, project_id = run.pk, run.project_id
    except NotFound:
        return None
    return run_id if can(place.actor, Permission.VIEW, project_id=project_id) else None


def _bearer(scope: Mapping[str, Any]) -> str:
    for name, value in scope.get("headers", ()):
        if name == b"authorization" and value.lower().startswith(b"bearer "):
            return bytes(value[7:]).decode("latin-1").strip()
    return ""
