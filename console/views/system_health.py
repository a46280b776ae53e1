from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from console.access import Permission
from console.ops.doctor import Line, worst
from console.ops.doctor_report import report as looked_up
from console.session import PlacedRequest
from console.views.guard import page


@require_GET
@page(Permission.MANAGE_ORGANIZATION)
def health(request: PlacedRequest) -> HttpResponse:
    """Show the doctor's report. The page comes at once; the report follows when it is ready."""
    return render(request, "health/health.html")


@require_GET
@page(Permission.MANAGE_ORGANIZATION)
def report(request: PlacedRequest) -> HttpResponse:
    lines, checked_at = looked_up(again="again" in request.GET)
    sections: dict[str, list[Line]] = {}
    for line in lines:
        sections.setdefault(line.section, []).append(line)
    context = {
        "sections": sections,
        "checked_at": checked_at,
        "worst": worst(lines).value,
        "problems": sum(line.level.value != "ok" for line in lines),
        "text": "\n".join(f"{line.level.value:8}{line.subject}: {line.text} {line.fix}".rstrip() for line in lines),
    }
    return render(request, "health/health.html#report", context)
