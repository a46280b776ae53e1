"""Which names an archive may hold: those that mean the same file everywhere, beneath where they are unpacked."""

import re
import unicodedata

from agents.sources.unpacking.faults import ArchiveRefused, Fault
from agents.sources.unpacking.limits import Limits

#: Names that Windows keeps for its devices, with any extension.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
#: Turn the text around that follows.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Not seen, and left out by some file systems.
_IGNORED = re.compile("[\u00ad\u034f\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_GIT = frozenset({".git", "git~1"})


def checked_path(name: str, limits: Limits) -> tuple[str, ...]:
    """Return the parts of an entry's path, composed (NFC); raise ArchiveRefused, which names the part."""
    text = unicodedata.normalize("NFC", name)
    parts = tuple(text.removesuffix("/").split("/"))
    if problem := _problem(text, parts, limits):
        raise ArchiveRefused(Fault.UNSAFE_NAME, f"{_shown(name)}: {problem}")
    return parts


def folded(part: str) -> str:
    """Return what two names have in common that are one and the same where letters have no case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", part).casefold())


def _problem(text: str, parts: tuple[str, ...], limits: Limits) -> str | None:
    if text.startswith("/") or _DRIVE.match(text):
        return "an absolute path. Pack it with relative ones."
    if "\\" in text:
        return "a backslash in a name. Pack it with a program that puts / between folders."
    if len(text.encode("utf-8", "surrogatepass")) > limits.path:
        return f"a path of more than {limits.path:,} bytes."
    if len(parts) > limits.depth:
        return f"more than {limits.depth} folders deep."
    return next((problem for part in parts if (problem := _part_problem(part, limits))), None)


def _part_problem(part: str, limits: Limits) -> str | None:  # noqa: PLR0911  # a list of rules
    if part in {"", ".", ".."}:
        return "a path that leads elsewhere, by an empty part, . or .. in it."
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in part):
        return "a control character in a name."
    if _BIDI.search(part):
        return "a character in a name that turns text around."
    if ":" in part:
        return "a colon in a name, which is no name everywhere."
    if part[-1] in ". ":
        return "a name that ends with a dot or a space."
    if _DEVICE.fullmatch(part):
        return "a name that stands for a device."
    if len(part.encode()) > limits.part:
        return f"a name of more than {limits.part} bytes."
    if folded(_IGNORED.sub("", part)) in _GIT:
        return "a repository's .git folder. Pack the files without it."
    return None


def _shown(name: str) -> str:
    """Return a name as a sentence can hold it."""
    text = "".join(character if character.isprintable() else repr(character)[1:-1] for character in name)
    return text if len(text) <= 120 else f"{text[:120]}…"  # noqa: PLR2004  # characters
