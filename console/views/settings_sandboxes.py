"""Settings, Sandboxes: what sandboxes are like and what they may reach, under names that agents choose."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.models import SandboxDefinition
from agents.queries import sandbox_definition_users_for, sandbox_definitions_for
from agents.sandbox_definitions.machines import machines
from agents.services.sandbox_definitions import (
    sandbox_definition_archive,
    sandbox_definition_create,
    sandbox_definition_update,
    sandbox_definition_users,
)
from console.access import Permission
from console.forms.sandbox_definitions import NETWORK_WORDS, POLICIES, SandboxDefinitionForm, limits_words
from console.forms.service import sent_in
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page(Permission.MANAGE_SANDBOXES)
def index(request: PlacedRequest) -> HttpResponse:
    actor = request.place.actor
    found = page_of(sandbox_definitions_for(actor), cursor=request.GET.get("cursor"))
    users = sandbox_definition_users_for(actor)
    rows = [
        {
            "definition": row,
            "network": NETWORK_WORDS.get(row.settings["network"], row.settings["network"]),
            "hosts": row.settings.get("allowed_domains", []),
            "limits": limits_words(row.settings),
            "users": users.get(row.public_id, []),
        }
        for row in found.items
    ]
    context = {"rows": rows, "pager": pager_of(found, request.GET, "definition")}
    return render(request, "settings/sandboxes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_SANDBOXES)
def new(request: PlacedRequest) -> HttpResponse:
    form = _bound(request, None)
    with form.problems_shown():
        if form.is_bound:
            definition = sandbox_definition_create(actor=request.place.actor, **form.definition())
            messages.success(request, f"{definition.name} is added. Choose it in an agent’s sandbox.")
            return see_other("settings-sandboxes")
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_SANDBOXES)
def edit(request: PlacedRequest, definition_id: str) -> HttpResponse:
    definition = _definition(request, definition_id)
    form = _bound(request, definition)
    with form.problems_shown():
        if form.is_bound:
            sandbox_definition_update(actor=request.place.actor, definition=definition, **form.definition())
            messages.success(request, f"{definition.name} is saved. Agents have it once they are published again.")
            return see_other("settings-sandboxes")
    return _form(request, form, _definition(request, definition_id))


@require_POST
@page(Permission.MANAGE_SANDBOXES)
def archive(request: PlacedRequest, definition_id: str) -> HttpResponse:
    definition = _definition(request, definition_id)
    sandbox_definition_archive(actor=request.place.actor, definition=definition)
    messages.success(request, f"{definition.name} is archived. Versions that had it keep what it said.")
    return see_other("settings-sandboxes")


def _definition(request: PlacedRequest, definition_id: str) -> SandboxDefinition:
    return by_public_id(sandbox_definitions_for(request.place.actor), definition_id)


def _bound(request: PlacedRequest, definition: SandboxDefinition | None) -> SandboxDefinitionForm:
    return SandboxDefinitionForm(
        images=settings.CALLBOARD_SANDBOX_IMAGES, runtimes=settings.CALLBOARD_SANDBOX_RUNTIMES,
        definition=definition, sent=sent_in(request),
    )  # fmt: skip


def _form(request: PlacedRequest, form: SandboxDefinitionForm, definition: SandboxDefinition | None) -> HttpResponse:
    known = machines()
    context = {
        "form": form,
        "definition": definition,
        "policies": POLICIES,
        "users": sandbox_definition_users(definition) if definition else [],
        "lacking": list(dict.fromkeys(text for machine in known for text in machine.cannot.values())),
    }
    return render(request, "settings/sandbox_form.html", context, status=form.status)
