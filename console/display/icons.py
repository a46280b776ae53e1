"""The names of the icons in the sprite, and which icon stands for what."""

import re
from functools import cache
from pathlib import Path

_SPRITE = Path(__file__).resolve().parent.parent.parent / "static/icons.svg"

#: A step of a trajectory, by its kind.
STEP_ICONS: dict[str, str] = {
    "file": "file",
    "shell": "terminal-2",
    "http": "world",
    "log": "list-details",
    "exception": "exclamation-circle",
    "read": "eye",
    "search": "search",
    "edit": "pencil",
    "reason": "bulb",
    "tool": "tool",
    "reply": "message",
}

#: Where the answer of a tool came from: tone and icon.
SOURCES: dict[str, tuple[str, str]] = {
    "simulated": ("queued", "box"),
    "passthrough": ("accent", "arrow-right"),
    "injected": ("waiting", "bolt"),
    "error": ("failed", "circle-x"),
}


@cache
def names() -> frozenset[str]:
    """Return every name that `static/icons.svg` holds."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', _SPRITE.read_text()))


def step_word(kind: str) -> str:
    """Name a kind of step as a person does: Shell, HTTP."""
    return "HTTP" if kind.lower() == "http" else kind.capitalize()
