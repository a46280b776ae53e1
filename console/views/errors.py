"""Answers to what can't be done: a whole page, a toast for a part of one, JSON for a program."""

import logging
import sys
from dataclasses import replace
from http import HTTPStatus

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import requires_csrf_token

from console.errors import DomainError
from console.ids import new_id, to_public
from console.ops.degraded import degradation
from console.views.error_pages import PAGES, ErrorPage, page_of

logger = logging.getLogger(__name__)

_PROGRAM_PATHS = ("/api/", "/v0/")


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a `DomainError` that a view let through."""
    return _respond(request, page_of(error))


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    is_large = isinstance(exception, RequestDataTooBig)
    return _respond(request, PAGES[HTTPStatus.REQUEST_ENTITY_TOO_LARGE if is_large else HTTPStatus.BAD_REQUEST])


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django calls it so
    return _respond(request, PAGES[HTTPStatus.FORBIDDEN])


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django calls it so
    return _respond(request, PAGES[HTTPStatus.NOT_FOUND])


@requires_csrf_token
def fault(request: HttpRequest) -> HttpResponse:
    """Answer an exception nobody expected, with a page as plain as it takes."""
    away = degradation(sys.exc_info()[1])
    page = PAGES[HTTPStatus.INTERNAL_SERVER_ERROR] if away is None else page_of(away)
    reference = _reference()
    logger.error("fault reference=%s path=%s", reference, request.path, exc_info=sys.exc_info())
    if away is not None:
        # The frame around a page asks the database who is there, and that may be what is away.
        request.place, request.user = None, AnonymousUser()  # type: ignore[attr-defined]
    try:
        return _response(request, page, reference)
    except Exception:
        logger.exception("the page for a fault could not be made either, reference=%s", reference)
        return HttpResponse(render_to_string("errors/last.html", {"reference": reference}), status=page.status)


@requires_csrf_token
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that could not prove that this site had made it."""
    page = replace(
        PAGES[HTTPStatus.FORBIDDEN],
        title="The page was open for too long",
        why="Its form carries a key that has changed since, by a new sign-in, or the browser sends no cookies.",
        remedy="Load the page again and repeat what you did. Allow cookies for this site if it stays.",
        cause="Form key",
        code="csrf_failed",
    )
    logger.warning("csrf check failed: %s path=%s", reason, request.path)
    return _respond(request, page)


def dress(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give a bare 405, as Django's decorators and the API answer it, the page that says so; leave others alone."""
    if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or (response.content and not _is_program(request)):
        return response
    allowed = response.headers.get("Allow", "")
    page = PAGES[HTTPStatus.METHOD_NOT_ALLOWED]
    if _is_program(request):
        page = replace(page, title=f"This address does not take {request.method}. It takes {allowed or 'nothing'}.")
    dressed = _respond(request, page)
    dressed.headers["Allow"] = allowed
    return dressed


def _respond(request: HttpRequest, page: ErrorPage) -> HttpResponse:
    reference = _reference()
    logger.info("answered %d code=%s reference=%s path=%s", page.status, page.code, reference, request.path)
    return _response(request, page, reference)


def _response(request: HttpRequest, page: ErrorPage, reference: str) -> HttpResponse:
    if _is_program(request):
        body = {"code": page.code or page.name.lower().replace(" ", "_"), "message": page.title, "details": {}}
        return JsonResponse({"error": body}, status=page.status)
    context = {
        "error": page,
        "reference": reference,
        "at": timezone.now(),
        "layout": "layouts/console.html" if getattr(request, "place", None) else "layouts/plain.html",
        "can_retry": request.method == "GET" and (page.is_server or page.status == HTTPStatus.CONFLICT),
    }
    if getattr(request, "htmx", False):
        toast = HttpResponse(render_to_string("errors/toast.html", context, request), status=page.status)
        toast.headers["HX-Retarget"] = "#toasts"
        toast.headers["HX-Reswap"] = "beforeend"
        return toast
    return HttpResponse(render_to_string("errors/error.html", context, request), status=page.status)


def _reference() -> str:
    return to_public("req", new_id())


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith(_PROGRAM_PATHS)
