"""One's own account: name, password, and the browsers one is signed in with."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.display.devices import device_of
from console.forms.account import NameForm, PasswordForm
from console.services.account import account_rename, password_change, session_end, sessions_end, sessions_of
from console.session import PlacedRequest
from console.signing_in.second_factors import factors_of
from console.signing_in.sessions import SessionStore
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page()
def show(request: PlacedRequest) -> HttpResponse:
    return _page(request, NameForm(initial={"name": request.user.name}), PasswordForm())


@require_POST
@page()
def name(request: PlacedRequest) -> HttpResponse:
    form = NameForm(request.POST)
    with form.problems_shown():
        if form.is_bound:
            account_rename(actor=request.place.actor, person=request.user, name=form.sent("name"))
            messages.success(request, f"You are now called {request.user.name}.")
            return see_other("account")
    return _page(request, form, PasswordForm(), status=form.status)


@require_POST
@page()
def password(request: PlacedRequest) -> HttpResponse:
    form = PasswordForm(request.POST)
    with form.problems_shown():
        if form.is_bound:
            current, new = form.typed("current"), form.typed("new")
            password_change(actor=request.place.actor, person=request.user, current=current, new=new)
            update_session_auth_hash(request, request.user)
            messages.success(request, "The password is changed, and your other browsers are signed out.")
            return see_other("account")
    return _page(request, NameForm(initial={"name": request.user.name}), form, status=form.status)


@require_POST
@page()
def end(request: PlacedRequest, session_id: str) -> HttpResponse:
    session = by_public_id(sessions_of(request.user), session_id)
    session_end(actor=request.place.actor, session=session)
    messages.success(request, f"{device_of(session.user_agent)} is signed out.")
    return see_other("account")


@require_POST
@page()
def end_all(request: PlacedRequest) -> HttpResponse:
    sessions_end(actor=request.place.actor, person=request.user)
    logout(request)
    return redirect("sign-in")


def _page(request: PlacedRequest, name_form: NameForm, password_form: PasswordForm, status: int = 200) -> HttpResponse:
    present = cast("SessionStore", request.session).key_hash
    context = {
        "name_form": name_form,
        "password_form": password_form,
        "factors": factors_of(request.user),
        "sessions": [
            (session, device_of(session.user_agent), session.key_hash == present)
            for session in sessions_of(request.user)
        ],
    }
    return render(request, "account/account.html", context, status=status)
