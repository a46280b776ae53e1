"""How django-allauth is to behave here: it brings single sign-on and second factors, and no sign-up of its own.

Somebody gets in by single sign-on in one of three ways only: the provider's account was linked before; the provider
vouches for the e-mail address of a person who is here; or it vouches for one that an open invitation is to. An address
that the provider does not call verified links nothing: anybody could have typed it there.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.contrib import messages
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest

from agents.credentials import key_ring
from console import audit
from console.errors import NotAllowed
from console.models import User
from console.services.invitations import join_by_address
from console.signing_in.visitors import address_of

#: What a ciphertext of ours is bound to, so that one of another kind does not open in its place.
SEALED_FOR = "second factor"
_SAID = {
    "mfa/messages/totp_activated.txt": "The authenticator app is set up. You are asked for its code when you sign in.",
    "mfa/messages/totp_deactivated.txt": "The authenticator app is taken off your account.",
    "mfa/messages/recovery_codes_generated.txt": "Keep these recovery codes. Codes made earlier no longer work.",
    "mfa/messages/webauthn_added.txt": "The passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is taken off your account.",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the package publishes no types
    """Signing in, without sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # nobody signs up by themselves
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request) or "unknown"

    def respond_user_inactive(self, request: HttpRequest, user: User) -> Any:  # noqa: ARG002
        raise NotAllowed("This account is deactivated. An organization admin can say why.")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *_: Any, **said: Any
    ) -> None:
        """Say it in our words, or, where we have none for it, nothing."""
        words = said.get("message") or _SAID.get(message_template or "")
        if words:
            messages.add_message(request, level, words)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whom an identity provider's word lets in."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Link the provider's account to the person it belongs to; raise NotAllowed where that is nobody."""
        if sociallogin.state.get("process") not in {None, AuthProcess.LOGIN}:
            raise NotAllowed("Accounts are linked by their verified addresses alone. Sign out, and sign in with it.")
        if sociallogin.is_existing:
            return
        addresses = [item.email.lower() for item in sociallogin.email_addresses if item.verified is True]
        person = User.objects.filter(email__in=addresses).first() or join_by_address(addresses, _name_of(sociallogin))
        if person is None:
            raise NotAllowed(_refusal(sociallogin))
        sociallogin.connect(request, person)

    def on_authentication_error(
        self,
        request: HttpRequest,  # noqa: ARG002  # django-allauth passes it by this name
        provider: Any,
        error: str | None = None,
        **_: Any,
    ) -> None:
        if error != AuthError.CANCELLED:
            raise NotAllowed(f"{provider.name} did not sign you in. Try again; if it stays so, tell an admin.")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors, whose secrets lie under the key ring of stored credentials."""

    def encrypt(self, text: str) -> str:
        return key_ring().seal(text, SEALED_FOR)

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().open(encrypted_text, SEALED_FOR)


def listen() -> None:
    """Have changes of second factors recorded in the audit trail, in the transaction that makes them."""
    post_save.connect(_record_added, sender="mfa.Authenticator")
    post_delete.connect(_record_removed, sender="mfa.Authenticator")


def _record_added(instance: Any, created: bool, **_: object) -> None:  # noqa: FBT001  # Django calls it so
    if created:
        _record(instance, after={"factor": instance.type})


def _record_removed(instance: Any, **_: object) -> None:
    _record(instance, before={"factor": instance.type})


def _record(authenticator: Any, **facts: dict[str, object]) -> None:
    """Append an entry where somebody changes a factor on a page; what goes with a deleted account is part of that."""
    place = getattr(context.request, "place", None)
    if place is not None:
        audit.record(actor=place.actor, action="account.second_factor", target=authenticator.user, **facts)


def _name_of(sociallogin: SocialLogin) -> str:
    said = sociallogin.account.extra_data
    return str({**said.get("id_token", {}), **said.get("userinfo", {})}.get("name", ""))


def _refusal(sociallogin: SocialLogin) -> str:
    named = [item.email for item in sociallogin.email_addresses]
    if not named:
        return "Your identity provider did not say your e-mail address. Callboard knows people by it."
    if not any(item.verified is True for item in sociallogin.email_addresses):
        return f"Your identity provider does not vouch for {named[0]}. Have the address verified there."
    return f"Nobody here has the address {named[0]}, and no invitation is to it. Ask an organization admin for one."
