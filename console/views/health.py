from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from console.ops.health import parts


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  # it is the same for everybody
    """Answer 200 only when all of web, database, broker, a worker on each queue and the scheduler are up."""
    missing = {part.name: part.problem for part in parts() if part.problem}
    if missing:
        return JsonResponse({"status": "unavailable", "missing": missing}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ok"})
