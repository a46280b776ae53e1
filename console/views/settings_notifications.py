"""Settings, Notifications: how oneself is told, and where the organization is."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from agents.queries import credentials_for
from console.access import Permission, can
from console.forms.notifications import ChoiceForm, WebhookForm
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.notifications.settings import (
    choice_set,
    deliveries_for,
    wants_mail,
    webhook_of,
    webhook_remove,
    webhook_set,
    webhook_test,
)
from console.session import PlacedRequest
from console.signing_in import mail
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page()
def show(request: PlacedRequest) -> HttpResponse:
    return _page(request, None)


@require_POST
@page(Permission.RUN)
def choose(request: PlacedRequest) -> HttpResponse:
    by_email = "by_email" in request.POST
    choice_set(actor=request.place.actor, person=request.user, by_email=by_email)
    messages.success(request, "You get e-mails from now on." if by_email else "You get no more e-mails.")
    return see_other("settings-notifications")


@require_POST
@page(Permission.MANAGE_ORGANIZATION)
def webhook(request: PlacedRequest) -> HttpResponse:
    form = _form(request, sent=True)
    with form.problems_shown():
        if form.is_bound:
            webhook_set(
                actor=request.place.actor, url=form.sent("url"), credential_id=form.sent("credential_id"),
                is_enabled=bool(form.sent("is_enabled")),
            )  # fmt: skip
            messages.success(request, "The webhook is saved.")
            return see_other("settings-notifications")
    return _page(request, form)


@require_POST
@page(Permission.MANAGE_ORGANIZATION)
def remove(request: PlacedRequest) -> HttpResponse:
    webhook_remove(actor=request.place.actor)
    messages.success(request, "The webhook is taken away.")
    return see_other("settings-notifications")


@require_POST
@page(Permission.MANAGE_ORGANIZATION)
def test(request: PlacedRequest) -> HttpResponse:
    webhook_test(actor=request.place.actor)
    messages.success(request, "A test is on its way. What became of it stands among the deliveries.")
    return see_other("settings-notifications")


def _form(request: PlacedRequest, *, sent: bool = False) -> WebhookForm:
    actor = request.place.actor
    return WebhookForm(credentials=credentials_for(actor), hook=webhook_of(actor), sent=request.POST if sent else None)


def _page(request: PlacedRequest, form: WebhookForm | None) -> HttpResponse:
    actor = request.place.actor
    context: dict[str, object] = {
        "choice": ChoiceForm(email=request.user.email, by_email=wants_mail(actor)),
        "sends_mail": mail.is_configured(),
        "may_answer": can(actor, Permission.RUN),
    }
    if can(actor, Permission.MANAGE_ORGANIZATION):
        found = page_of(deliveries_for(actor), cursor=request.GET.get("cursor"))
        context |= {
            "form": form or _form(request), "hook": webhook_of(actor), "deliveries": found.items,
            "pager": pager_of(found, request.GET, "delivery", nouns="deliveries"),
        }  # fmt: skip
    return render(request, "notifications/settings.html", context, status=form.status if form else 200)
