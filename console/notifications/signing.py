"""The signature of outgoing webhooks: who has the secret can tell that Callboard sent them, and when. Pure."""

import hashlib
import hmac

HEADER = "Callboard-Signature"
#: A receiver should refuse what is older: it may be a repeat of something that was overheard.
TOLERANCE_SECONDS = 300


def signature(secret: str, body: bytes, *, at: int) -> str:
    """Return the header's value, `t=…,v1=…`: the time in Unix seconds, and the HMAC-SHA256 of `{t}.{body}`."""
    return f"t={at},v1={_digest(secret, body, at)}"


def is_signed(header: str, secret: str, body: bytes, *, now: int) -> bool:
    """Say whether a header fits a body and is not too old, as a receiver does it."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at = parts.get("t", "")
    if not at.isdecimal() or abs(now - int(at)) > TOLERANCE_SECONDS:
        return False
    return hmac.compare_digest(parts.get("v1", ""), _digest(secret, body, int(at)))


def _digest(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
