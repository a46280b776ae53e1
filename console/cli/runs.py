import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect as open_socket

from console.cli import run_lists
from console.cli.client import Api, Org, Token, Url, connect
from console.cli.ending import stop

app = typer.Typer(no_args_is_help=True)
app.command("list")(run_lists.list_)
app.command("export")(run_lists.export)
app.command("act")(run_lists.act)

_ENDS = {"run.completed": 0, "run.failed": 1, "run.cancelled": 1}
#: The instance gives a sign of life every ten seconds; so long without one, and the connection is gone.
_SILENCE_SECONDS = 25
_MOST_FAILURES, _PAUSE_SECONDS = 30, 1
_OF_AN_AGENT = "arun_"
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


@app.command("rerun")
def rerun(
    run: str,
    from_: Annotated[str, typer.Option("--from", help="The step to begin at; what came before is taken over.")] = "",
    newest: Annotated[bool, typer.Option("--newest", help="Take the newest published versions.")] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Run again, whole or from a step on, and print the new run's id. Takes `run_…` and `arun_…`."""
    api = connect(url, token, org)
    if run.startswith(_OF_AN_AGENT) and not from_:
        made = api("POST", f"/api/agent-runs/{run}/rerun", json={"newest": newest})
    else:
        made = api("POST", f"/api/runs/{run}/rerun", json={"from_step": from_, "newest": newest})
    print(made["id"])


@app.command("regrade")
def regrade(run: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Have a run of an agent graded again. Earlier verdicts are kept."""
    connect(url, token, org)("POST", f"/api/agent-runs/{run}/regrade")


@app.command("cancel")
def cancel(run: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Stop a run. Takes `run_…` and `arun_…`."""
    print(connect(url, token, org)("POST", f"/api/runs/{run}/cancel")["status"])


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
