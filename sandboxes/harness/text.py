"""Keeps texts short enough to send."""

from __future__ import annotations

#: Of one text in a step.
TEXT_LIMIT = 16 * 1024


def shortened(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return the text, or its two ends with a word about what is missing between them."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[{len(text) - 2 * half:,} characters left out]\n{text[-half:]}"


def as_text(value: object, limit: int = TEXT_LIMIT) -> str:
    """Return captured output as text, whichever of bytes and str it came as."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value)
        kept = raw if len(raw) <= 4 * limit else raw[: 2 * limit] + raw[-2 * limit :]
        value = kept.decode("utf-8", "replace")
    return shortened(value if isinstance(value, str) else safe_repr(value, limit), limit)


def safe_repr(value: object, limit: int = 2000) -> str:
    """Return `repr(value)`, shortened; the repr of a foreign class may itself fail."""
    try:
        return shortened(repr(value), limit)
    except Exception as error:  # noqa: BLE001  # whatever the agent's own class raises
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
