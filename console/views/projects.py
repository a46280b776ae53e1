from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from console.session import PlacedRequest, choose_project
from console.views.guard import page


@require_POST
@page()
def choose(request: PlacedRequest) -> HttpResponse:
    """Go to another project, and to its home: what is open belongs to the project that is left."""
    choose_project(request, request.POST.get("project", ""))
    return redirect("home")
