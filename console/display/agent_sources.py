"""Where an agent's code comes from, as its page says it, where the code itself is not in the spec."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import JsonValue

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


_FACTS: Mapping[str, Callable[[Source, Mapping[str, str]], list[Fact]]] = {"git": _git}
