"""Keeps secrets out of everything that is stored, shown, judged or exported: by value, at the moment of writing.

Each secret is looked for as it is and as it is usually written down (URL-encoded, base64 at its three alignments,
hexadecimal, escaped for JSON, HTML, Python and the shell), the longest form first. It is a seat-belt: an agent that
holds a secret can always spell it in yet another way.
"""

import base64
import html
import json
import re
import shlex
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
        self._forms = sorted(forms, key=lambda form: (-len(form), form))
        self._reversed = [form[::-1] for form in self._forms]
        self._pattern = re.compile("|".join(map(re.escape, self._forms))) if forms else None

    def __call__(self, text: str) -> str:
        return storable(text if self._pattern is None else self._pattern.sub(MASK, text))

    def piece(self, text: str) -> str:
        """Mask a text that may have been cut, at its ends or where it says so: a part of a secret is masked there, too.

        Of a secret that was cut, less than `LEAST_LENGTH` characters are left.
        """
        if self._pattern is None:
            return storable(text)
        return "".join(part if place % 2 else self._between(part) for place, part in enumerate(_CUT.split(text)))

    def _between(self, text: str) -> str:
        """Mask what stands between two cuts."""
        if len(text) >= LEAST_LENGTH and any(text in form for form in self._forms):
            return MASK
        begun, ended = _overlap(text, self._forms), _overlap(text[::-1], self._reversed)
        end = len(text) - begun if begun >= LEAST_LENGTH else len(text)
        start = min(ended, end) if ended >= LEAST_LENGTH else 0
        return (MASK if start else "") + self(text[start:end]) + (MASK if end < len(text) else "")

    def value(self, value: object) -> object:
        """Return JSON data with every string in it masked as a piece, keys too."""
        if isinstance(value, str):
            return self.piece(value)
        if isinstance(value, dict):
            return {self.piece(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def stream(self) -> "Stream":
        return Stream(self)

    def safe_length(self, text: str) -> int:
        """Return how much of `text` can be masked now, whatever follows: the rest may be the beginning of a secret."""
        if self._pattern is None:
            return len(text)
        end = len(text) - _overlap(text, self._forms)
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


#: How a text says that something was cut out of it.
_CUT = re.compile(r"(\n?\[[^\]\n]{0,80}left out[^\]\n]{0,80}\]\n?|…| \[…\] )")


def _overlap(text: str, forms: Iterable[str]) -> int:
    """Return the length of the longest end of `text` that one of `forms` begins with, short of all of the form."""
    return max((_overlap_of(text[1 - len(form) :], form) for form in forms), default=0)


def _overlap_of(tail: str, form: str) -> int:
    """Look for the form's first characters, which is quick, and only there for more of them."""
    first = form[:LEAST_LENGTH]
    place = tail.find(first)
    while place >= 0:
        if form.startswith(tail[place:]):
            return len(tail) - place
        place = tail.find(first, place + 1)
    return next((length for length in range(LEAST_LENGTH - 1, 0, -1) if tail.endswith(form[:length])), 0)


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    lines = {line.strip() for line in secret.splitlines()} if "\n" in secret else set()
    return {
        secret,
        *lines,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret, safe="").lower(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        html.escape(secret),
        repr(secret)[1:-1],
        shlex.quote(secret).strip("'"),
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
