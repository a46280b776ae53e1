"""The last step of every way to sign in."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse

from console.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


def enter(request: HttpRequest, person: User, *, by: str, after: str = "/") -> HttpResponse:
    """Sign in a person who has shown who they are, and go to `after`. Who has a second factor is asked for it first.

    `by` says how they have shown it: password, link, invitation or set-up.
    """
    person.backend = BACKEND
    record_authentication(request, person, method=by)
    response: HttpResponse = perform_login(request, person, email_verification="none", redirect_url=after)
    return response
