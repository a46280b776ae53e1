"""Settings, Models: the organization's defaults and the endpoints it may call."""

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.llm.catalogue import RULES, defaults_of
from agents.llm.routing import routes_of
from agents.models import ModelEndpoint
from agents.queries import credentials_for, model_endpoints_for
from agents.services.models import (
    defaults_set,
    endpoint_archive,
    endpoint_create,
    endpoint_test,
    endpoint_update,
    endpoint_users,
)
from agents.services.topics import topic_set
from console.access import Permission
from console.display.endpoints import endpoint_row
from console.forms.models import EndpointForm, TopicForm
from console.forms.service import sent_in
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page(Permission.MANAGE_MODELS)
def index(request: PlacedRequest) -> HttpResponse:
    return render(request, "settings/models.html", _listed(request))


@require_POST
@page(Permission.MANAGE_MODELS)
def defaults(request: PlacedRequest) -> HttpResponse:
    """Set the defaults that are sent. Where a script sent them the page is right already and only wants to be told."""
    sent = {name: request.POST.get(name) for name in ("judge", "simulator", "agent")}
    defaults_set(actor=request.place.actor, **sent)
    sentence = "The defaults are saved. Whatever is asked from now on uses them."
    if request.htmx:
        toast = {"toast": {"text": sentence, "tone": "passed"}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(toast)})
    messages.success(request, sentence)
    return see_other("settings-models")


@require_POST
@page(Permission.MANAGE_MODELS)
def topic(request: PlacedRequest) -> HttpResponse:
    """Route one topic to a model, or no longer where none is sent; a topic that can't be kept is shown again."""
    form = TopicForm(sent=request.POST)
    with form.problems_shown():
        topic_set(actor=request.place.actor, topic=form.sent("topic"), model=form.sent("model"))
    if form.is_valid():
        rest = "is asked of its model from now on." if form.sent("model") else "has the default from now on."
        messages.success(request, f"The topic {form.sent('topic')} {rest}")
        return see_other("settings-models")
    return render(request, "settings/models.html", {**_listed(request), "form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_MODELS)
def new(request: PlacedRequest) -> HttpResponse:
    actor = request.place.actor
    form = EndpointForm(credentials=credentials_for(actor), sent=sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            endpoint = endpoint_create(actor=actor, settings=form.settings())
            messages.success(request, f"{endpoint.display_name} is added. Test it to see whether it answers.")
            return see_other("settings-models")
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_MODELS)
def edit(request: PlacedRequest, model_id: str) -> HttpResponse:
    actor, endpoint = request.place.actor, _endpoint(request, model_id)
    form = EndpointForm(credentials=credentials_for(actor), endpoint=endpoint, sent=sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            endpoint_update(actor=actor, endpoint=endpoint, settings=form.settings())
            messages.success(request, f"{endpoint.display_name} is saved. What its last test found is forgotten.")
            return see_other("settings-models")
    return _form(request, form, _endpoint(request, model_id))


@require_POST
@page(Permission.MANAGE_MODELS)
def test(request: PlacedRequest, model_id: str) -> HttpResponse:
    """Make one small call, which may take half a minute; other requests are answered meanwhile."""
    endpoint = endpoint_test(actor=request.place.actor, endpoint=_endpoint(request, model_id))
    if request.htmx:
        return render(request, "settings/models.html#tested", {"row": endpoint_row(endpoint)})
    return see_other("settings-models")


@require_POST
@page(Permission.MANAGE_MODELS)
def archive(request: PlacedRequest, model_id: str) -> HttpResponse:
    endpoint = _endpoint(request, model_id)
    endpoint_archive(actor=request.place.actor, endpoint=endpoint)
    messages.success(request, f"{endpoint.display_name} is archived. Verdicts and calls keep its name.")
    return see_other("settings-models")


def _listed(request: PlacedRequest) -> dict[str, object]:
    organization_id = request.place.actor.organization_id
    return {
        "rows": [endpoint_row(endpoint) for endpoint in model_endpoints_for(request.place.actor)],
        "defaults": defaults_of(organization_id),
        "routes": routes_of(organization_id),
        "form": TopicForm(),
        "rules": RULES,
    }


def _endpoint(request: PlacedRequest, model_id: str) -> ModelEndpoint:
    return by_public_id(model_endpoints_for(request.place.actor), model_id)


def _form(request: PlacedRequest, form: EndpointForm, endpoint: ModelEndpoint | None) -> HttpResponse:
    context = {"form": form, "endpoint": endpoint, "users": endpoint_users(endpoint) if endpoint else []}
    return render(request, "settings/model_form.html", context, status=form.status)
