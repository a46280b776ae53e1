"""Public ids: a prefix that names the kind and a sortable body, such as `run_01K9X4Z7QD8M3V5T2B6N8C1F0A`.

A row's primary key is a UUID of version 7, so that keys sort by time of creation. The public id is the same 128 bits
in Crockford's base 32 (the ULID specification, github.com/ulid/spec), behind the prefix of the row's kind.
"""

import re
import uuid

from ulid import ULID

_PUBLIC_ID = re.compile(r"(?P<prefix>[a-z]{2,8})_(?P<body>[0-7][0-9A-HJKMNP-TV-Z]{25})")


def new_id() -> uuid.UUID:
    """Return a new UUID of version 7 (RFC 9562)."""
    return ULID().to_uuid7()


def to_public(prefix: str, key: uuid.UUID) -> str:
    return f"{prefix}_{ULID(key.bytes)}"


def from_public(prefix: str, public_id: str) -> uuid.UUID | None:
    """Return the key inside a public id, or None where it is malformed or of another kind."""
    match = _PUBLIC_ID.fullmatch(public_id)
    if match is None or match["prefix"] != prefix:
        return None
    return uuid.UUID(bytes=ULID.from_str(match["body"]).bytes)
