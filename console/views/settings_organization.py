from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from console.access import Permission
from console.forms.organization import OrganizationForm
from console.forms.service import sent_in
from console.organizations import organization_rename
from console.services.projects import projects_for
from console.session import PlacedRequest
from console.views.answers import see_other
from console.views.guard import page


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_ORGANIZATION)
def show(request: PlacedRequest) -> HttpResponse:
    organization = request.place.organization
    form = OrganizationForm(sent_in(request), initial={"name": organization.name})
    with form.problems_shown():
        if form.is_bound:
            organization_rename(actor=request.place.actor, organization=organization, name=form.sent("name"))
            messages.success(request, f"The organization is now called {organization.name}.")
            return see_other("settings-organization")
    context = {
        "form": form,
        "organization": organization,
        "projects": projects_for(request.place.actor),
    }
    return render(request, "settings/organization.html", context, status=form.status)
