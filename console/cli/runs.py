import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect as open_socket

from console.cli.client import Api, Org, Token, Url, connect
from console.cli.ending import stop

app = typer.Typer(no_args_is_help=True)

_ENDS = {"run.completed": 0, "run.failed": 1, "run.cancelled": 1}
#: The instance gives a sign of life every ten seconds; so long without one, and the connection is gone.
_SILENCE_SECONDS = 25
_MOST_FAILURES, _PAUSE_SECONDS = 30, 1
#: What ends a socket for good: nobody is signed in, or there is no such run.
_REFUSED = {4401, 4404}


@app.command("watch")
def watch(run: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Follow a run until it ends, from its first event. Ends with 0 if it completed, whatever its verdict."""
    api = connect(url, token, org)
    after = failures = 0
    while failures < _MOST_FAILURES:
        try:
            for event in _events(api, run, after):
                after, failures = event["seq"], 0
                _print(event)
                if event["kind"] in _ENDS:
                    raise typer.Exit(_ENDS[event["kind"]])
        except (OSError, WebSocketException) as error:
            _stop_if_refused(run, error)
        failures += 1
        time.sleep(_PAUSE_SECONDS)
    stop(f"{api.url} does not answer. Is it running? make up starts it.")


def _events(api: Api, run: str, after: int) -> Iterator[dict[str, Any]]:
    """Yield a run's events behind number `after`, until the connection ends; raise TimeoutError when it fell silent."""
    address = f"{api.url.replace('http', 'ws', 1)}/ws/runs/{run}?after={after}"
    headers = {"Authorization": f"Bearer {api.token}"}
    with open_socket(address, additional_headers=headers, max_size=None) as socket:
        while True:
            yield from json.loads(socket.recv(timeout=_SILENCE_SECONDS)).get("events", [])


def _stop_if_refused(run: str, error: Exception) -> None:
    """End the program where connecting again would change nothing."""
    closed = error.rcvd.code if isinstance(error, ConnectionClosed) and error.rcvd else None
    status = error.response.status_code if isinstance(error, InvalidStatus) else None
    if closed in _REFUSED or status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        stop(f"There is no run {run!r} here that the token may see.")


def _print(event: dict[str, Any]) -> None:
    data = event["data"]
    console = Console(highlight=False, soft_wrap=True)
    if event["kind"] == "agent.log":
        for line in data["lines"]:
            console.print(Text(f"  {_plain(line)}", style="dim"))
        return
    rest = " ".join(f"{key}={value}" for key, value in data.items() if value not in (None, "", {}, []))
    console.print(Text.assemble(f"{event['seq']:>4} ", (event["kind"], "bold"), f" {_plain(rest)}"))


def _plain(text: str) -> str:
    """Return text that can do nothing to a terminal."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)
