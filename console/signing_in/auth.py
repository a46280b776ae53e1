"""Ways to sign in: a password, a link that works once, and, for programs, a token. Only hashes are kept."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from console import audit
from console.access import Actor, Scope
from console.models import ApiToken, Membership, Organization, SignInLink, User

TOKEN_PREFIX = "cb_"  # noqa: S105  # lets scanners tell our tokens from others
LINK_LIFETIME = timedelta(hours=24)
#: How stale `last_used_at` may be: writing it on every call would cost every call a write.
_USE_NOTED_EVERY = timedelta(minutes=1)


def sign_in_link_create(*, user: User) -> str:
    """Return the secret of a new link that signs the person in once, within a day."""
    secret = new_secret()
    SignInLink.objects.create(user=user, token_hash=secret_hash(secret), expires_at=timezone.now() + LINK_LIFETIME)
    return secret


def sign_in_link_user(secret: str) -> User | None:
    """Return whom a link would sign in, without using it up."""
    link = _open_links().filter(token_hash=secret_hash(secret)).select_related("user").first()
    return link.user if link else None


@transaction.atomic
def sign_in_link_use(secret: str) -> User | None:
    """Use a link up and return whom it signs in; None if it is unknown, used or too old."""
    link = _open_links().select_for_update().filter(token_hash=secret_hash(secret)).first()
    if link is None:
        return None
    link.used_at = timezone.now()
    link.save(update_fields=["used_at"])
    return link.user


def api_token_create(
    *,
    actor: Actor,
    user: User,
    organization: Organization,
    name: str,
    scope: Scope = Scope.WRITE,
    lifetime: timedelta | None = None,
) -> str:
    """Return the secret of a new token that acts as `user` in `organization`. It is not shown again."""
    secret = TOKEN_PREFIX + new_secret()
    token = ApiToken.objects.create(
        user=user, organization=organization, name=name[:255], scope=scope, prefix=secret[: len(TOKEN_PREFIX) + 6],
        token_hash=secret_hash(secret), expires_at=timezone.now() + lifetime if lifetime else None,
    )  # fmt: skip
    audit.record(
        actor=actor, action="token.create", target=token, after={"name": name, "user": user.email, "scope": scope}
    )
    return secret


def api_tokens_of(user: User, organization: Organization) -> "QuerySet[ApiToken]":
    """Return a person's own tokens in an organization, without those that were revoked."""
    rows: QuerySet[ApiToken] = ApiToken.objects.filter(user=user, organization=organization, revoked_at=None)
    return rows


def api_token_revoke(*, actor: Actor, token: ApiToken) -> None:
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    audit.record(actor=actor, action="token.revoke", target=token)


def api_token_resolve(secret: str) -> ApiToken | None:
    """Return the live token of a secret, and note that it was used."""
    now = timezone.now()
    token: ApiToken | None = (
        ApiToken.objects.filter(token_hash=secret_hash(secret), revoked_at=None, user__is_active=True)
        .select_related("user", "organization")
        .first()
    )
    if token is None or (token.expires_at is not None and token.expires_at < now):
        return None
    if token.last_used_at is None or now - token.last_used_at > _USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def is_member(user: User, organization: Organization) -> bool:
    return Membership.objects.filter(user=user, organization=organization).exists()


def _open_links() -> "QuerySet[SignInLink]":
    return SignInLink.objects.filter(used_at=None, expires_at__gt=timezone.now(), user__is_active=True)


def new_secret() -> str:
    """Return 256 random bits, as they stand in a link or a token."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Hash a random secret. It is as long as the hash, so that a slow hash would gain nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
