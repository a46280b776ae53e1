"""Keeps secrets out of everything that is stored, shown, judged or exported: by value, at the moment of writing.

Each secret is looked for as it is and as it is usually written down (URL-encoded, base64 at its three alignments,
hexadecimal, JSON-escaped), the longest form first. It is a seat-belt: an agent that holds a secret can always spell
it in another way.
"""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
#: Shorter values are left alone: masking them would tear up ordinary text and hide nothing worth hiding.
LEAST_LENGTH = 8


def storable(text: str) -> str:
    """Return text without what PostgreSQL can't keep: NUL and halves of surrogate pairs become a replacement mark."""
    return text.translate(_UNSTORABLE)


_UNSTORABLE = dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")


class Redactor:
    """Masks the secrets of one run."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= LEAST_LENGTH}
        self._reach = max(map(len, forms), default=1)
        self._beginnings = {form[:length] for form in forms for length in range(1, len(form))}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        return storable(text if self._pattern is None else self._pattern.sub(MASK, text))

    def value(self, value: object) -> object:
        """Return JSON data with every string in it masked, keys too."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def stream(self) -> "Stream":
        return Stream(self)

    def safe_length(self, text: str) -> int:
        """Return how much of `text` can be masked now, whatever follows: the rest may be the beginning of a secret."""
        if self._pattern is None:
            return len(text)
        longest = min(self._reach - 1, len(text))
        held = next((length for length in range(longest, 0, -1) if text[-length:] in self._beginnings), 0)
        end = len(text) - held
        for match in self._pattern.finditer(text):
            if match.start() < end < match.end():
                return match.start()
        return end


class Stream:
    """Masks text that arrives in pieces, so that a secret split between two of them is still found.

    What could be the beginning of a secret is held back until more comes or the stream ends: the pieces joined are
    what masking the whole would have given.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be let go of now."""
        text = self._held + piece
        end = self._redactor.safe_length(text)
        self._held = text[end:]
        return self._redactor(text[:end])

    def end(self) -> str:
        """Return the rest."""
        rest, self._held = self._held, ""
        return self._redactor(rest)


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    lines = {line.strip() for line in secret.splitlines()} if "\n" in secret else set()
    return {
        secret,
        *lines,
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret, safe="").lower(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        raw.hex(),
        raw.hex().upper(),
        *_base64_forms(raw),
    }


def _base64_forms(raw: bytes) -> set[str]:
    """Return the parts of base64 text that are the same whatever stands before and after the secret."""
    forms = set()
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + raw).decode()
            # The first characters mix in what stands before, the last ones what follows.
            start = (shift * 8 + 5) // 6 if shift else 0
            end = (shift + len(raw)) * 8 // 6
            forms.add(text[start:end])
            forms.add(text[start:].rstrip("="))
            if shift == 0:
                forms.add(text)
    return forms
