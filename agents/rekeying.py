"""Moves stored secrets from old keys of the ring to its first one.

Each row is a transaction of its own and is looked for by the key that sealed it, so that the work can be interrupted
anywhere and taken up again: what is done is not found any more.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from agents.credentials import FORMAT, SecretUnreadable, key_ring, reseal
from agents.models import Credential


class Rekeyed(NamedTuple):
    """A credential that was looked at. `problem` is empty where it is now under the first key."""

    credential: Credential
    problem: str = ""


def credentials_by_key() -> dict[str, int]:
    """Return how many credentials each key has sealed, also keys that are not in the ring."""
    sealed = Credential.objects.values_list("ciphertext", flat=True).iterator()
    return dict(Counter(text.split(":", 2)[1] for text in sealed))


def under_old_keys() -> "QuerySet[Credential]":
    """Return the credentials that the first key of the ring has not sealed."""
    rows: QuerySet[Credential] = Credential.objects.exclude(ciphertext__startswith=f"{FORMAT}:{key_ring().first_id}:")
    return rows


def rekey() -> Iterator[Rekeyed]:
    """Seal each credential under an old key anew, one by one; those that no key of the ring opens stay as they are."""
    rows = under_old_keys().order_by("pk")
    credential = rows.first()
    while credential is not None:
        yield _rekey(credential)
        credential = rows.filter(pk__gt=credential.pk).first()


@transaction.atomic
def _rekey(credential: Credential) -> Rekeyed:
    # Locked, so that a new value that somebody gives it meanwhile is not overwritten with the old one.
    row = Credential.objects.select_for_update().filter(pk=credential.pk).first()
    if row is None:
        return Rekeyed(credential, "It was deleted meanwhile.")
    try:
        reseal(row)
    except SecretUnreadable as error:
        return Rekeyed(row, str(error))
    row.save(update_fields=["ciphertext"])
    return Rekeyed(row)
