"""The page behind the set-up link of a fresh instance."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from console.forms.service import sent_in
from console.forms.set_up import SetUpForm
from console.services.first_run import ensure_set_up_open, set_up
from console.views.entering import enter


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def begin(request: HttpRequest, secret: str) -> HttpResponse:
    ensure_set_up_open(secret)
    form = SetUpForm(sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            admin = set_up(
                secret=secret, organization=form.sent("organization"), name=form.sent("name"),
                email=form.sent("email"), password=form.secret(),
            )  # fmt: skip
            return enter(request, admin, by="set-up")
    return render(request, "set_up.html", {"form": form}, status=form.status)
