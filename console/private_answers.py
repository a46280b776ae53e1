"""Keeps what one person was shown out of every cache, and what they download from running in their browser."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: A file that is opened all the same can do nothing: no script, no request, no form, no origin.
DOWNLOAD_POLICY = "sandbox; default-src 'none'"


class PrivateAnswersMiddleware:
    """Static files never come here: they are the same for everybody, and may be kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if response.headers.get("Content-Disposition", "").startswith("attachment"):
            response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
        return response
