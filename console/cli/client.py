"""The way to an instance's REST API."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import typer

from console.cli.ending import stop
from console.cli.instance import here

Url = Annotated[
    str, typer.Option("--url", envvar="CALLBOARD_URL", help="The instance; without it the one of CALLBOARD_HOME.")
]
Token = Annotated[str, typer.Option("--token", envvar="CALLBOARD_TOKEN", help="An API token of that instance.")]
Org = Annotated[str, typer.Option("--org", help="The organization's slug, where there are several on this machine.")]


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
    if token:
        if not url:
            stop("Say which instance the token is for: --url https://…")
        return Api(url.rstrip("/"), token)
    return Api(*here(org))


def show(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _sentences(answer: httpx.Response) -> list[str]:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return [f"The instance answered {answer.status_code}."]
    details = error.get("details") or {}
    problems = [f"  {item['field'] or '-'}: {item['message']}" for item in details.get("problems", [])]
    rows = [
        f"  row {item['row'] if item['row'] is not None else '-'}, {item['column'] or '-'}: {item['message']}"
        for item in details.get("errors", [])
    ]
    return [f"{error['message']} ({error['code']})", *problems, *rows]
