"""The way to an instance's REST API."""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import IO, Annotated, Any

import httpx
import typer

from console.cli.ending import stop
from console.cli.instance import here

_URL = "The instance; without it the one of CALLBOARD_HOME."
_TOKEN = "An API token of that instance."  # noqa: S105  # what one says of it
_ORG = "The organization's slug, where there are several on this machine."

Url = Annotated[str, typer.Option("--url", help=_URL)]
Token = Annotated[str, typer.Option("--token", help=_TOKEN)]
Org = Annotated[str, typer.Option("--org", help=_ORG)]


@dataclass(frozen=True, slots=True)
class Target:
    """The instance that is meant, as far as it was said; blank is this machine's."""

    url: str = ""
    token: str = ""
    org: str = ""


_before: ContextVar[Target] = ContextVar("before")


def before_the_command(
    url: Annotated[str, typer.Option("--url", envvar="CALLBOARD_URL", help=_URL)] = "",
    token: Annotated[str, typer.Option("--token", envvar="CALLBOARD_TOKEN", help=_TOKEN)] = "",
    org: Org = "",
) -> None:
    """Keep what stands before the command, and what the environment says. Behind the command it says more."""
    _before.set(Target(url, token, org))


def target(url: str, token: str, org: str = "") -> Target:
    """Return the instance that is meant: what stands behind the command, else what stood before it."""
    before = _before.get(Target())
    return Target((url or before.url).rstrip("/"), token or before.token, org or before.org)


@dataclass(frozen=True, slots=True)
class Api:
    """An instance and a token for it."""

    url: str
    token: str

    def __call__(self, method: str, path: str, **parts: Any) -> Any:
        """Send a request and return the answer's JSON; end the program with the error's sentence otherwise."""
        try:
            answer = httpx.request(
                method, f"{self.url}{path}", headers={"Authorization": f"Bearer {self.token}"}, timeout=120, **parts
            )
        except httpx.HTTPError as error:
            stop(f"{self.url} does not answer: {error}. Is it running? make up starts it.")
        if not answer.is_success:
            stop(*_sentences(answer))
        return answer.json() if answer.content else None

    def save(self, path: str, file: IO[bytes], **query: Any) -> None:
        """Write what is sent at a path to a file, as it comes; end the program as a call does."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            with httpx.stream("GET", f"{self.url}{path}", headers=headers, timeout=120, params=query) as answer:
                if not answer.is_success:
                    answer.read()
                    stop(*_sentences(answer))
                for part in answer.iter_bytes():
                    file.write(part)
        except httpx.HTTPError as error:
            stop(f"{self.url} does not answer: {error}. Is it running? make up starts it.")

    def pages(self, path: str, **query: str) -> Any:
        """Yield every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self("GET", path, params={**query, "limit": "200", **({"cursor": cursor} if cursor else {})})
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return


def connect(url: str, token: str, org: str = "") -> Api:
    """Return the way to the instance that was named, or to the one on this machine."""
    named = target(url, token, org)
    if not named.token:
        return Api(*here(named.org))
    if not named.url:
        stop("Say which instance the token is for: --url https://…")
    return Api(named.url, named.token)


def show(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _sentences(answer: httpx.Response) -> list[str]:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return [f"The instance answered {answer.status_code}."]
    return sentences_of(error["message"], error["code"], error.get("details") or {})


def sentences_of(message: str, code: str, details: Mapping[str, Any]) -> list[str]:
    """Return what a refusal says: its own sentence, and one for each field or row."""
    problems = [f"  {item['field'] or '-'}: {item['message']}" for item in details.get("problems", [])]
    rows = [
        f"  row {item['row'] if item['row'] is not None else '-'}, {item['column'] or '-'}: {item['message']}"
        for item in details.get("errors", [])
    ]
    return [f"{message} ({code})", *problems, *rows]
