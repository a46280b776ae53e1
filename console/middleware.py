"""Who is asking, and what to answer when something they asked for can't be done."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse

from console.errors import DomainError
from console.session import place_in_session
from console.signing_in.sessions import SessionStore
from console.signing_in.visitors import origin_of
from console.views import errors


class SessionOriginMiddleware:
    """Tells a session where its browser speaks from, and that it was seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = cast("SessionStore", request.session)
        session.origin = origin_of(request)
        response = self.get_response(request)
        session.note_seen()
        return response


class ActorMiddleware:
    """Puts the actor, organization and project of the session on the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.place = place_in_session(request)  # type: ignore[attr-defined]
        return self.get_response(request)


class DomainErrorMiddleware:
    """Answers a page's `DomainError` with the page that says what happened, why, and what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return errors.dress(request, self.get_response(request))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return errors.answer(request, exception) if isinstance(exception, DomainError) else None
