"""Turns a secret into what is stored and back: the only place where a credential's value is in the clear.

AES-256-GCM (NIST SP 800-38D) with the row's identity as associated data, so that a ciphertext moved to another row or
organization does not open. A stored value is `v1:<key id>:<base64 of nonce and ciphertext>`; the first key of the ring
encrypts, every key of it decrypts.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from agents.models import Credential

FORMAT = "v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32
#: Below this length the last four characters would give away too much of a secret.
LEAST_HINTED_LENGTH = 16


class BadKeyRing(ValueError):
    """The setting of the key ring can't be used; the sentence says why, without any key."""


class SecretUnreadable(Exception):  # said of the secret, not of the code
    """A stored secret can't be opened: its key is not in the ring, or the row is not the one it was sealed for."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Keys by id, the first of which encrypts."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64 key, …`; raise BadKeyRing."""
        keys = []
        for place, item in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
            key_id, _, encoded = item.partition(":")
            try:
                key = base64.urlsafe_b64decode(encoded)
            except (binascii.Error, ValueError) as error:
                raise BadKeyRing(f"Key {place} of the ring is not base64.") from error
            if not key_id or len(key) != _KEY_BYTES:
                raise BadKeyRing(f"Key {place} of the ring is not an id, a colon and {_KEY_BYTES} bytes in base64.")
            keys.append((key_id, key))
        if not keys:
            raise BadKeyRing("The key ring is empty.")
        return cls(tuple(keys))

    @property
    def first_id(self) -> str:
        """Return the id of the key that encrypts."""
        return self.keys[0][0]

    def seal(self, value: str, identity: str) -> str:
        key_id, key = self.keys[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, value.encode(), identity.encode())
        return f"{FORMAT}:{key_id}:{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, identity: str) -> str:
        """Return the value; raise SecretUnreadable."""
        key_id, encoded = sealed.removeprefix(f"{FORMAT}:").split(":", 1)
        key = dict(self.keys).get(key_id)
        if key is None:
            raise SecretUnreadable(f"The key {key_id!r} is not in the key ring.")
        data = base64.urlsafe_b64decode(encoded)
        try:
            return AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], identity.encode()).decode()
        except InvalidTag as error:
            raise SecretUnreadable("The stored secret does not belong to this row, or was changed.") from error


class _Current:
    @cached_property
    def ring(self) -> KeyRing:
        return KeyRing.parse(settings.CALLBOARD_KEYS)


_current = _Current()


def key_ring() -> KeyRing:
    """Return the key ring of this process; raise BadKeyRing."""
    return _current.ring


def seal(credential: Credential, value: str) -> None:
    """Put a value into a credential that has its key and organization; the caller saves it."""
    credential.ciphertext = _current.ring.seal(value, _identity(credential))
    credential.hint = value[-4:] if len(value) >= LEAST_HINTED_LENGTH else ""


def reveal(credential: Credential) -> str:
    """Return the value of a credential, and note that it was used; raise SecretUnreadable."""
    value = _current.ring.open(credential.ciphertext, _identity(credential))
    Credential.objects.filter(pk=credential.pk).update(last_used_at=timezone.now())
    return value


def reseal(credential: Credential) -> None:
    """Put the value of a credential under the first key; the caller saves it. Raise SecretUnreadable."""
    identity = _identity(credential)
    credential.ciphertext = _current.ring.seal(_current.ring.open(credential.ciphertext, identity), identity)


def _identity(credential: Credential) -> str:
    return f"credential|{credential.pk}|{credential.organization_id}|value"
