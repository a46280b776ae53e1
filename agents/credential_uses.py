"""Who uses a credential, as far as upper rooms know: each says so by a function named here by its dotted path."""

import uuid
from collections.abc import Callable, Iterator
from typing import cast

from django.utils.module_loading import import_string

#: Called with an organization; each returns pairs of a credential's public id and what uses it, in words.
_USES = ("console.notifications.uses.webhooks_signed_by",)

Uses = Callable[[uuid.UUID], list[tuple[str, str]]]


def uses_above(organization_id: uuid.UUID) -> Iterator[tuple[str, str]]:
    """Yield the public id of each credential that an upper room uses, and the user in words."""
    for path in _USES:
        yield from cast("Uses", import_string(path))(organization_id)
