from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.errors import NotFound
from console.forms.sign_in import SignInForm
from console.signing_in.auth import sign_in_link_use, sign_in_link_user
from console.views.entering import enter


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    after = _safe(request, request.POST.get("next") or request.GET.get("next") or "")
    if request.user.is_authenticated:
        return redirect(after)
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        return enter(request, form.user, by="password", after=after)
    context = {"form": form, "next": after, "host": request.get_host(), "single_sign_on": _single_sign_on(after)}
    response = render(request, "sign_in.html", context, status=_status(form))
    if form.wait_seconds:
        response.headers["Retry-After"] = str(form.wait_seconds)
    return response


@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Show whom a link signs in, and do so on the button: programs that look into mails follow links."""
    person = sign_in_link_user(secret)
    if person is None:
        raise NotFound("This sign-in link is used up or too old. Ask for a new one.")
    if request.method == "POST":
        used_by = sign_in_link_use(secret)
        return enter(request, used_by, by="link") if used_by else redirect("sign-in")
    return render(request, "sign_in_link.html", {"person": person})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


def _status(form: SignInForm) -> HTTPStatus:
    if form.wait_seconds:
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK


@require_safe
def sso_cancelled(request: HttpRequest) -> HttpResponse:
    messages.info(request, "You were not signed in.")
    return redirect("sign-in")


def _single_sign_on(after: str) -> dict[str, str]:
    """Return the name and link of single sign-on; nothing where there is none."""
    if not settings.CALLBOARD_OIDC_ISSUER:
        return {}
    url = reverse("openid_connect_login", kwargs={"provider_id": "sso"})
    return {"name": settings.CALLBOARD_OIDC_NAME, "url": f"{url}?{urlencode({'next': after})}"}


def _safe(request: HttpRequest, target: str) -> str:
    """Return where to go after signing in: a page of ours, whatever the address asks for."""
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target and is_ours else settings.LOGIN_REDIRECT_URL
