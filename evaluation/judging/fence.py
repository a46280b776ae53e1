"""Keeps what others wrote apart from what we tell the judge."""

import secrets
from dataclasses import dataclass

_OPEN, _CLOSE = "<<<", ">>>"
#: What the marks become inside a fence: they look alike and are not the same.
_OPEN_INSIDE, _CLOSE_INSIDE = "\u2039\u2039\u2039", "\u203a\u203a\u203a"
_NONCE_INSIDE = "[mark]"


@dataclass(frozen=True, slots=True)
class Fence:
    """Puts texts between marks that carry a nonce, which nobody who wrote a text can have known."""

    nonce: str

    @classmethod
    def new(cls) -> "Fence":
        return cls(secrets.token_hex(16))

    def begins(self, name: str) -> str:
        return f"{_OPEN}{name} {self.nonce}{_CLOSE}"

    def ends(self, name: str) -> str:
        return f"{_OPEN}END {name} {self.nonce}{_CLOSE}"

    def around(self, name: str, text: str) -> str:
        """Return the text inside its fence. No text can hold a mark: those in it are rewritten."""
        return f"{self.begins(name)}\n{self._harmless(text)}\n{self.ends(name)}"

    def _harmless(self, text: str) -> str:
        text = text.replace(self.nonce, _NONCE_INSIDE)
        return text.replace(_OPEN, _OPEN_INSIDE).replace(_CLOSE, _CLOSE_INSIDE)
