from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST

from console.ops.metrics import exposition


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a monitoring system that shows the token. For all others, and where none is set, nothing is here."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.CALLBOARD_METRICS_TOKEN
    if not token or not constant_time_compare(shown, token):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
