"""Settings, Organization: its projects."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from console.access import Permission
from console.forms.members import ProjectForm
from console.forms.service import sent_in
from console.services.projects import project_create, project_rename, projects_for
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_ORGANIZATION)
def new(request: PlacedRequest) -> HttpResponse:
    form = ProjectForm(sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            project = project_create(actor=request.place.actor, name=form.sent("name"))
            messages.success(request, f"{project.name} is created. Choose it at the top of the sidebar.")
            return see_other("settings-organization")
    return render(request, "settings/project_form.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_ORGANIZATION)
def edit(request: PlacedRequest, project_id: str) -> HttpResponse:
    actor = request.place.actor
    project = by_public_id(projects_for(actor), project_id)
    form = ProjectForm(sent_in(request), initial={"name": project.name})
    with form.problems_shown():
        if form.is_bound:
            project_rename(actor=actor, project=project, name=form.sent("name"))
            messages.success(request, f"The project is now called {project.name}.")
            return see_other("settings-organization")
    return render(request, "settings/project_form.html", {"form": form, "project": project}, status=form.status)
