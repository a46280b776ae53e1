"""Settings, Credentials: secrets that can be written, used and replaced, and never read."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.queries import credential_users_for, credentials_for
from agents.services.credentials import credential_create, credential_delete, credential_rotate, credential_users
from console.access import Permission
from console.forms.credentials import CredentialForm, RotateForm
from console.forms.service import sent_in
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page(Permission.MANAGE_CREDENTIALS)
def index(request: PlacedRequest) -> HttpResponse:
    actor = request.place.actor
    found, users = page_of(credentials_for(actor), cursor=request.GET.get("cursor")), credential_users_for(actor)
    context = {
        "rows": [(credential, users.get(credential.public_id, [])) for credential in found.items],
        "pager": pager_of(found, request.GET, "credential"),
    }
    return render(request, "settings/credentials.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_CREDENTIALS)
def new(request: PlacedRequest) -> HttpResponse:
    form = CredentialForm(sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            name = form.sent("name")
            credential_create(actor=request.place.actor, name=name, value=form.secret())
            messages.success(request, f"{name} is kept. Choose it in an agent's environment variables or for a model.")
            return see_other("settings-credentials")
    return render(request, "settings/credential_new.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_CREDENTIALS)
def detail(request: PlacedRequest, credential_id: str) -> HttpResponse:
    """Show what is known of a credential, and take its new value."""
    actor = request.place.actor
    credential = by_public_id(credentials_for(actor), credential_id)
    form = RotateForm(sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            credential_rotate(actor=actor, credential=credential, value=form.secret())
            messages.success(request, f"{credential.name} is rotated. Runs that start from now on use the new value.")
            return see_other("settings-credential", credential.public_id)
    context = {"form": form, "credential": credential, "users": credential_users(credential)}
    return render(request, "settings/credential.html", context, status=form.status)


@require_POST
@page(Permission.MANAGE_CREDENTIALS)
def delete(request: PlacedRequest, credential_id: str) -> HttpResponse:
    credential = by_public_id(credentials_for(request.place.actor), credential_id)
    credential_delete(actor=request.place.actor, credential=credential)
    messages.success(request, f"{credential.name} is deleted.")
    return see_other("settings-credentials")
