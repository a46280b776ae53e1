"""Every error of the API has one shape: `{"error": {"code", "message", "details"}}`, with the status that fits."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import JsonValue

from console.display.numbers import byte_size
from console.errors import DomainError, ErrorKind, Problem
from console.ops.degraded import degradation
from evaluation.strict_json import NotJson

log = logging.getLogger(__name__)

STATUS_OF_KIND = {
    ErrorKind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorKind.MISPLACED: HTTPStatus.BAD_REQUEST,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
#: The parts of a request that ninja puts before the path of a field.
_PARTS = {"body", "query", "path", "form", "file", "header", "cookie"}

Json = Mapping[str, JsonValue]


class Refusal(NamedTuple):
    """What an exception is answered with. `beside` stands next to the error, where a caller looks for it."""

    status: HTTPStatus
    code: str
    message: str
    details: Json | None = None
    beside: Json | None = None

    @property
    def body(self) -> dict[str, JsonValue]:
        details = dict(self.details or {})
        return {"error": {"code": self.code, "message": self.message, "details": details}, **(self.beside or {})}


def install(api: NinjaAPI) -> None:
    """Have the API answer each kind of exception in the one shape."""
    for kind, refuse in _REFUSALS.items():
        api.add_exception_handler(kind, partial(_answer, api, refuse))


def _domain_error(_request: HttpRequest, error: DomainError) -> Refusal:
    details: dict[str, JsonValue] = {**error.details}  # type: ignore[dict-item]
    if error.problems:
        details["problems"] = [_problem_json(problem) for problem in error.problems]
    # Whoever seeds finds the rows' errors where the answer of a good upload has them, too.
    beside: Json | None = (
        {"dataset_id": None, "created": 0, "errors": details["errors"]} if "errors" in details else None
    )
    return Refusal(STATUS_OF_KIND[error.kind], error.code, error.message, details, beside)


def _validation_error(_request: HttpRequest, error: ValidationError) -> Refusal:
    problems = [Problem(str(item["msg"]).removeprefix("Value error, "), *_path(item["loc"])) for item in error.errors]
    message = _sentence(problems[0], error.errors[0]["loc"]) if problems else "The request can't be read."
    details: Json = {"problems": [_problem_json(problem) for problem in problems]}
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message, details)


def _not_signed_in(_request: HttpRequest, _error: AuthenticationError) -> Refusal:
    message = "Send a token of this instance as a bearer token: Authorization: Bearer cb_…"
    return Refusal(HTTPStatus.UNAUTHORIZED, "not_signed_in", message)


def _http_error(_request: HttpRequest, error: HttpError) -> Refusal:
    status = HTTPStatus(error.status_code)
    code = "csrf_failed" if status is HTTPStatus.FORBIDDEN else "bad_request"
    reason = error.__cause__  # ninja says only that the body can't be read
    message = f"The body can't be used. {reason}" if isinstance(reason, NotJson) else str(error.message)
    return Refusal(status, code, message)


def _too_large(_request: HttpRequest, _error: RequestDataTooBig) -> Refusal:
    message = f"The body is larger than {byte_size(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)}. Send it in parts."
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)


def _unreadable(_request: HttpRequest, error: Exception) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "bad_request", str(error))


def _not_found(_request: HttpRequest, _error: Http404) -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, "not_found", "There is no such thing here.")


def _unexpected(request: HttpRequest, error: Exception) -> Refusal:
    """Answer 503 where the database, the broker or the disk is why it failed, and 500 where nobody knows."""
    away = degradation(error)
    if away is not None:
        log.warning("the API could not answer %s %s: %r", request.method, request.path, error)
        return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, away.code, away.message, {"fix": away.fix})
    log.error("the API failed at %s %s", request.method, request.path, exc_info=error)
    message = "Callboard met an error of its own. Nothing you sent was wrong."
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message)


Refuse = Callable[[HttpRequest, Any], Refusal]

#: The nearest class of an exception decides.
_REFUSALS: Mapping[type[Exception], Refuse] = {
    DomainError: _domain_error,
    ValidationError: _validation_error,
    AuthenticationError: _not_signed_in,
    HttpError: _http_error,
    RequestDataTooBig: _too_large,
    SuspiciousOperation: _unreadable,
    MultiPartParserError: _unreadable,
    Http404: _not_found,
    Exception: _unexpected,
}


def _answer(api: NinjaAPI, refuse: Refuse, request: HttpRequest, error: Exception) -> HttpResponse:
    refusal = refuse(request, error)
    return api.create_response(request, refusal.body, status=refusal.status)


def _sentence(problem: Problem, location: Sequence[str | int]) -> str:
    """Return what is wrong, with the field it is about; the body or the query as a whole has no name."""
    whole = "The query" if "query" in location[:1] else "The body"
    return f"{problem.dotted_path or whole}: {problem.message}"


def _problem_json(problem: Problem) -> dict[str, JsonValue]:
    return {"path": list(problem.path), "field": problem.dotted_path, "message": problem.message}


def _path(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the path of a field in what was sent, without the names that ninja gives its own parameters."""
    parts = location[1:] if location and location[0] in _PARTS else location
    return parts[1:] if parts and parts[0] in {"data", "payload", "filters"} else tuple(parts)
