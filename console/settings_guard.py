"""Keeps an instance from starting with settings that are missing, malformed or unsafe, and says which in a sentence."""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

import environ

from agents.outgoing.policy import BadTrustedHost, guarded

#: Django's own check warns below these.
LEAST_KEY_LENGTH = 50
LEAST_KEY_VARIETY = 5
LEAST_TOKEN_LENGTH = 24
SANDBOXES = ("auto", "docker", "bubblewrap")
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
#: An id, a colon and 32 bytes in base64.
_KEY = re.compile(r"[^:,\s]+:[A-Za-z0-9+/_-]{43}=?")


class Chosen(NamedTuple):
    """The settings that can be unsafe, as they were given or made."""

    url: str
    bind: str
    hosts: list[str]
    debug: bool
    secret_key: str
    keys: str
    has_own_secrets: bool
    embeds_database: bool
    metrics_token: str
    sandbox: str
    ca_bundle: str
    trusted_hosts: list[str]
    log_format: str
    log_level: str
    positive: dict[str, int]


class Env(environ.Env):  # type: ignore[misc]  # the package publishes no types
    """The environment, in which a value that can't be read ends the start with a sentence."""

    def get_value(self, var: str, *arguments: Any, **named: Any) -> Any:
        try:
            return super().get_value(var, *arguments, **named)
        except ValueError as error:
            refuse([f"{var} can't be read: {error}."])


def problems(chosen: Chosen) -> Iterator[str]:
    """Yield a sentence for each thing that keeps the instance from starting."""
    yield from _secrets(chosen)
    if any(host.startswith("*") for host in chosen.hosts):
        yield "CALLBOARD_HOSTS holds *, which lets anybody's page pose as this one. Name the hosts."
    if chosen.debug and _is_public(chosen):
        yield "CALLBOARD_DEBUG is on where others reach the instance: its error pages show code and settings."
    if urlsplit(chosen.url).scheme not in {"http", "https"}:
        yield f"CALLBOARD_URL is {chosen.url!r}. It begins with http:// or https://."
    if chosen.metrics_token and len(chosen.metrics_token) < LEAST_TOKEN_LENGTH:
        yield f"CALLBOARD_METRICS_TOKEN has less than {LEAST_TOKEN_LENGTH} characters. Make one: openssl rand -hex 24."
    if chosen.ca_bundle and not Path(chosen.ca_bundle).is_file():
        yield f"CALLBOARD_CA_BUNDLE names {chosen.ca_bundle}, which is no file."
    yield from _choices(chosen)
    try:
        guarded(chosen.trusted_hosts)
    except BadTrustedHost as error:
        yield f"CALLBOARD_TRUSTED_HOSTS can't be used: {error}"


def refuse(sentences: list[str]) -> NoReturn:
    """End the process: whatever it is, it must not run like this."""
    lines = "\n".join(f"  - {sentence}" for sentence in sentences)
    raise SystemExit(f"Callboard does not start with these settings (docs/configuration.md):\n{lines}")


def _secrets(chosen: Chosen) -> Iterator[str]:
    if not chosen.embeds_database and chosen.has_own_secrets:
        yield (
            "DATABASE_URL is set, but CALLBOARD_SECRET_KEY or CALLBOARD_KEYS is not: each machine would make its own, "
            "and none could read what another has signed or sealed. Set both, the same for all processes."
        )
    weak = len(chosen.secret_key) < LEAST_KEY_LENGTH or len(set(chosen.secret_key)) < LEAST_KEY_VARIETY
    if weak or chosen.secret_key.startswith("django-insecure-"):
        yield f"CALLBOARD_SECRET_KEY is weak. Make one of {LEAST_KEY_LENGTH} characters: openssl rand -base64 48."
    ring = [part.strip() for part in chosen.keys.split(",") if part.strip()]
    if not ring or not all(_KEY.fullmatch(part) for part in ring):
        yield "CALLBOARD_KEYS is no list of id:key with 32 bytes in base64. Make a key: callboard keys new."


def _choices(chosen: Chosen) -> Iterator[str]:
    for name, value, known in (
        ("CALLBOARD_SANDBOX", chosen.sandbox, SANDBOXES),
        ("CALLBOARD_LOG_FORMAT", chosen.log_format, LOG_FORMATS),
        ("CALLBOARD_LOG_LEVEL", chosen.log_level, LOG_LEVELS),
    ):
        if value not in known:
            yield f"{name} is {value!r}. Use one of: {', '.join(known)}."
    for name, number in chosen.positive.items():
        if number < 1:
            yield f"{name} is {number}. It is at least 1."


def _is_public(chosen: Chosen) -> bool:
    """Return whether others than this machine's users may reach it, as far as the settings tell."""
    return not (_is_loopback(urlsplit(chosen.url).hostname or "") and _is_loopback(chosen.bind))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
