"""Views that go wrong, each in its own way."""

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from console.errors import (
    Conflict,
    DomainError,
    ErrorKind,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
)
from console.urls import handler400, handler403, handler404, handler500
from console.views import errors

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class SandboxUnavailable(DomainError):
    code = "sandbox_unavailable"
    kind = ErrorKind.UNAVAILABLE


ERRORS: dict[str, Exception] = {
    "invalid": Invalid.of([Problem("12x is no number.", "rows", 3, "max_turns"), Problem("<b> is empty.", "rows", 4)]),
    "not-found": NotFound("There is no such run."),
    "forbidden": NotAllowed("Your role does not allow this. It takes Org Admin or higher."),
    "conflict": Conflict("The name is taken."),
    "too-large": TooLarge("That is 30 MB. At most 20 MB are taken."),
    "unavailable": Unavailable("The broker does not answer."),
    "sandbox": SandboxUnavailable(
        "The run could not start: no sandbox is ready. bubblewrap is not installed.",
        details={
            "lost": "Nothing.",
            "fix": "Install it:",
            "command": "apt-get install bubblewrap",
            "cause": "platform",
        },
    ),
    "denied": PermissionDenied(),
    "missing": Http404("agt_secret exists elsewhere"),
    "suspicious": SuspiciousOperation(),
    "too-big": RequestDataTooBig(),
    "fault": RuntimeError("the secret of the database"),
}


def fail(request: HttpRequest, how: str) -> HttpResponse:
    raise ERRORS[how]


def bare(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=405)
    response.headers["Allow"] = "POST"
    return errors.dress(request, response)


urlpatterns = [
    path("fail/<how>", fail),
    path("api/fail/<how>", fail),
    path("bare", bare),
]
