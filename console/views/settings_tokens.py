"""Settings, API tokens: one's own, in the present organization."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import Scope
from console.forms.service import sent_in
from console.forms.tokens import TokenForm
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.signing_in.auth import api_token_create, api_token_revoke, api_tokens_of
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page()
def index(request: PlacedRequest) -> HttpResponse:
    place = request.place
    found = page_of(api_tokens_of(place.user, place.organization), cursor=request.GET.get("cursor"))
    context = {"tokens": found.items, "pager": pager_of(found, request.GET, "token"), "now": timezone.now()}
    return render(request, "settings/tokens.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page()
def new(request: PlacedRequest) -> HttpResponse:
    """Make a token. Its secret is in this one answer and nowhere else, so this is no redirect."""
    form, place = TokenForm(sent_in(request)), request.place
    if not form.is_bound or not form.is_valid():
        return render(request, "settings/token_new.html", {"form": form}, status=422 if form.is_bound else 200)
    name = form.cleaned_data["name"]
    secret = api_token_create(
        actor=place.actor, user=place.user, organization=place.organization, name=name,
        scope=Scope(form.cleaned_data["scope"]), lifetime=form.lifetime(),
    )  # fmt: skip
    example = f'curl -H "Authorization: Bearer {secret}" {settings.CALLBOARD_URL}/api/me'
    context = {"secret": secret, "name": name, "example": example}
    return render(request, "settings/token_made.html", context, status=201)


@require_POST
@page()
def revoke(request: PlacedRequest, token_id: str) -> HttpResponse:
    token = by_public_id(api_tokens_of(request.place.user, request.place.organization), token_id)
    api_token_revoke(actor=request.place.actor, token=token)
    messages.success(request, f"{token.name} is revoked. Programs that use it are refused from now on.")
    return see_other("settings-tokens")
