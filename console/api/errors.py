"""Every error of the API has one shape: `{"error": {"code", "message", "details"}}`, with the status that fits."""

import logging
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import JsonValue

from console.degraded import degradation
from console.display.numbers import byte_size
from console.errors import DomainError, ErrorKind, Problem
from evaluation.strict_json import NotJson

log = logging.getLogger(__name__)

STATUS_OF_KIND = {
    ErrorKind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
#: The parts of a request that ninja puts before the path of a field.
_PARTS = {"body", "query", "path", "form", "file", "header", "cookie"}


def install(api: NinjaAPI) -> None:
    """Have the API answer each kind of exception in the one shape."""

    @api.exception_handler(DomainError)
    def domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
        details: dict[str, JsonValue] = {**error.details}  # type: ignore[dict-item]
        if error.problems:
            details["problems"] = [_problem_json(problem) for problem in error.problems]
        status = STATUS_OF_KIND[error.kind]
        # Whoever seeds finds the rows' errors where the answer of a good upload has them, too.
        beside: dict[str, JsonValue] = (
            {"dataset_id": None, "created": 0, "errors": details["errors"]} if "errors" in details else {}
        )
        return _answer(api, request, status, error.code, error.message, details, beside)

    @api.exception_handler(ValidationError)
    def validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
        problems = [
            Problem(str(item["msg"]).removeprefix("Value error, "), *_path(item["loc"])) for item in error.errors
        ]
        message = _sentence(problems[0]) if problems else "The request can't be read."
        return _answer(
            api, request, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message,
            {"problems": [_problem_json(problem) for problem in problems]},
        )  # fmt: skip

    @api.exception_handler(AuthenticationError)
    def not_signed_in(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        message = "Send a token of this instance as a bearer token: Authorization: Bearer cb_…"
        return _answer(api, request, HTTPStatus.UNAUTHORIZED, "not_signed_in", message)

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        status = HTTPStatus(error.status_code)
        code = "csrf_failed" if status is HTTPStatus.FORBIDDEN else "bad_request"
        reason = error.__cause__  # ninja says only that the body can't be read
        message = f"The body can't be used. {reason}" if isinstance(reason, NotJson) else str(error.message)
        return _answer(api, request, status, code, message)

    @api.exception_handler(RequestDataTooBig)
    def too_large(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        message = f"The body is larger than {byte_size(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)}. Send it in parts."
        return _answer(api, request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)

    @api.exception_handler(SuspiciousOperation)
    @api.exception_handler(MultiPartParserError)
    def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
        return _answer(api, request, HTTPStatus.BAD_REQUEST, "bad_request", str(error))

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, _error: Http404) -> HttpResponse:
        return _answer(api, request, HTTPStatus.NOT_FOUND, "not_found", "There is no such thing here.")

    @api.exception_handler(Exception)
    def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
        return _unexpected(api, request, error)


def _unexpected(api: NinjaAPI, request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer 503 where the database, the broker or the disk is why it failed, and 500 where nobody knows."""
    away = degradation(error)
    if away is not None:
        log.warning("the API could not answer %s %s: %r", request.method, request.path, error)
        fix: dict[str, JsonValue] = {"fix": away.fix}
        return _answer(api, request, HTTPStatus.SERVICE_UNAVAILABLE, away.code, away.message, fix)
    log.error("the API failed at %s %s", request.method, request.path, exc_info=error)
    message = "Callboard met an error of its own. Nothing you sent was wrong."
    return _answer(api, request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message)


def _answer(
    api: NinjaAPI,
    request: HttpRequest,
    status: HTTPStatus,
    code: str,
    message: str,
    details: dict[str, JsonValue] | None = None,
    beside: dict[str, JsonValue] | None = None,
) -> HttpResponse:
    error: JsonValue = {"code": code, "message": message, "details": details or {}}
    body: dict[str, JsonValue] = {"error": error, **(beside or {})}
    return api.create_response(request, body, status=status)


def _sentence(problem: Problem) -> str:
    """Return what is wrong, with the field it is about; the body as a whole has no name."""
    return f"{problem.dotted_path or 'The body'}: {problem.message}"


def _problem_json(problem: Problem) -> dict[str, JsonValue]:
    return {"path": list(problem.path), "field": problem.dotted_path, "message": problem.message}


def _path(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the path of a field in what was sent, without the names that ninja gives its own parameters."""
    parts = location[1:] if location and location[0] in _PARTS else location
    return parts[1:] if parts and parts[0] in {"data", "payload"} else tuple(parts)
