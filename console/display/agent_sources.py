"""Where code comes from and what it ran on, as pages say it, where the code itself is not in the spec."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import JsonValue

#: Characters of a digest or a commit that tell it from others.
_SHOWN = 12

Source = Mapping[str, JsonValue]


class Fact(NamedTuple):
    """One thing about a source: what it is called, and its value as text."""

    label: str
    text: str
    is_code: bool = False


def source_facts(spec: Mapping[str, JsonValue], credentials: Mapping[str, str]) -> list[Fact]:
    """Return what is to be said of a spec's source; `credentials` are the names of credentials by id."""
    source = spec.get("source")
    if not isinstance(source, dict):
        return []
    facts = _FACTS.get(str(source.get("kind")))
    return facts(source, credentials) if facts else []


def image_facts(digest: str) -> list[Fact]:
    """Return what is to be said of the image of a run's sandbox."""
    return [Fact("Image", digest.removeprefix("sha256:")[:_SHOWN], is_code=True)] if digest else []


def origin_facts(origin: Source) -> list[Fact]:
    """Return what is to be said of where the code of a run was from."""
    facts = _ORIGINS.get(str(origin.get("kind")))
    return facts(origin) if facts else []


def _git(source: Source, credentials: Mapping[str, str]) -> list[Fact]:
    ref = str(source.get("ref") or "")
    return [
        Fact("Repository", str(source.get("url", "")), is_code=True),
        Fact("Ref", ref, is_code=True) if ref else Fact("Ref", "the default branch"),
        Fact("Auth", _auth(source.get("auth"), credentials)),
    ]


def _auth(auth: JsonValue, credentials: Mapping[str, str]) -> str:
    mode = auth.get("mode") if isinstance(auth, dict) else None
    if mode == "credential" and isinstance(auth, dict):
        return f"From credential {credentials.get(str(auth.get('credential_id')), 'that is gone')}"
    return "Inline token, kept for this agent" if mode == "inline" else "None"


def _zip(source: Source, _credentials: Mapping[str, str]) -> list[Fact]:
    return [Fact("Archive", str(source.get("archive_id", "")), is_code=True)]


def _zip_origin(origin: Source) -> list[Fact]:
    return [
        Fact("Archive", str(origin.get("archive", ""))),
        Fact("SHA-256", str(origin.get("sha256", ""))[:_SHOWN], is_code=True),
    ]


def _git_origin(origin: Source) -> list[Fact]:
    ref = str(origin.get("ref") or "")
    return [
        Fact("Repository", str(origin.get("url", "")), is_code=True),
        Fact(
            "Commit", " ".join(filter(None, [str(origin.get("commit", ""))[:_SHOWN], ref and f"({ref})"])), is_code=True
        ),
    ]


_FACTS: Mapping[str, Callable[[Source, Mapping[str, str]], list[Fact]]] = {"git": _git, "zip": _zip}
_ORIGINS: Mapping[str, Callable[[Source], list[Fact]]] = {"git": _git_origin, "zip": _zip_origin}
