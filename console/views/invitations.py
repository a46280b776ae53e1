"""The page behind an invitation's link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from console.forms.members import JoinForm
from console.forms.service import sent_in
from console.models import User
from console.services.invitations import invitation_accept, invitation_of
from console.views.answers import see_other
from console.views.entering import enter


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what an invitation is to, and accept it on the button: programs that look into mails follow links.

    Somebody new gives a name and a password. Whoever has an account signs in to it first: a link alone opens none.
    """
    invitation = invitation_of(secret)
    person = request.user if isinstance(request.user, User) else None
    form = JoinForm(sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            joined = invitation_accept(secret=secret, person=person, name=form.sent("name"), password=form.secret())
            return enter(request, joined, by="invitation") if person is None else see_other("home")
    context = {
        "invitation": invitation,
        "form": form,
        "is_theirs": person is not None and person.email == invitation.email,
        "has_account": User.objects.filter(email=invitation.email).exists(),
        "here": request.path,
    }
    return render(request, "invitation.html", context, status=form.status)
