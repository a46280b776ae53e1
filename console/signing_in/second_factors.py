"""A person's second factors, as their account page shows them, and under the keys that seal them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from allauth.mfa.models import Authenticator
from django.db import transaction

from agents.credentials import FORMAT, SecretUnreadable, key_ring
from console.models import User
from console.signing_in.accounts import SEALED_FOR


class Factors(NamedTuple):
    """What a person has set up. `passkeys` are pairs of an id and a name; `codes_left` counts unused recovery codes."""

    has_app: bool
    passkeys: tuple[tuple[int, str], ...]
    codes_left: int

    @property
    def are_any(self) -> bool:
        return self.has_app or bool(self.passkeys)


def factors_of(person: User) -> Factors:
    kinds = Authenticator.Type
    rows = list(Authenticator.objects.filter(user=person).order_by("pk"))
    codes = [row.wrap().get_unused_codes() for row in rows if row.type == kinds.RECOVERY_CODES]
    return Factors(
        has_app=any(row.type == kinds.TOTP for row in rows),
        passkeys=tuple((row.pk, row.wrap().name) for row in rows if row.type == kinds.WEBAUTHN),
        codes_left=len(codes[0]) if codes else 0,
    )


def rekey() -> Iterator[tuple[str, str]]:
    """Seal each second factor under an old key anew, one by one; yield its name and what went wrong, if anything."""
    for key in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=key).first()
            if row is None or not any(_is_old(value) for value in row.data.values()):
                continue
            problem = ""
            try:
                row.data = {name: _resealed(value) for name, value in row.data.items()}
            except SecretUnreadable as error:
                problem = str(error)
            else:
                row.save(update_fields=["data"])
        yield f"second factor {key}", problem


def _is_old(value: Any) -> bool:
    return _is_sealed(value) and not value.startswith(f"{FORMAT}:{key_ring().first_id}:")


def _is_sealed(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(f"{FORMAT}:")


def _resealed(value: Any) -> Any:
    ring = key_ring()
    return ring.seal(ring.open(value, SEALED_FOR), SEALED_FOR) if _is_sealed(value) else value
