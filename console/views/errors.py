from django.http import HttpRequest, HttpResponse

from console.errors import DomainError


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    return HttpResponse(error.message, status=400)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return HttpResponse(reason, status=403)
