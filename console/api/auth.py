"""Signing in to the API: a bearer token, or the session of the console, which then needs its CSRF token."""

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer

from console.session import Place, place_of_token
from console.signing_in.auth import api_token_resolve

#: A program of an organization with several projects says here which one it means.
PROJECT_HEADER = "X-Callboard-Project"


class ApiRequest(HttpRequest):
    """A request to the API of somebody who is signed in."""

    auth: Place


class TokenAuth(HttpBearer):
    """A token of Settings, API tokens. A wrong one is an error even where a session would do."""

    def authenticate(self, request: HttpRequest, token: str) -> Place:
        found = api_token_resolve(token)
        if found is None:
            raise AuthenticationError
        place = place_of_token(found, project_id=request.headers.get(PROJECT_HEADER, ""))
        if place is None:
            raise AuthenticationError
        return place


class SessionAuth(APIKeyCookie):
    """The console's own session."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        # Without a session there is nothing that a forged request could misuse, so the answer is 401 and not 403.
        return super()._get_key(request) if self.param_name in request.COOKIES else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Place | None:  # noqa: ARG002  # Django has read it
        return getattr(request, "place", None)
