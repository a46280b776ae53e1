import json
from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from websockets.sync.client import connect as open_socket

from console.cli.client import Org, Token, Url, connect

app = typer.Typer(no_args_is_help=True)

_ENDS = {"run.completed": 0, "run.failed": 1, "run.cancelled": 1}


@app.command("watch")
def watch(run: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Follow a run until it ends, from its first event. Ends with 0 if it completed, whatever its verdict."""
    api = connect(url, token, org)
    address = api.url.replace("http", "ws", 1)
    after = 0
    with open_socket(
        f"{address}/ws/runs/{run}?after={after}", additional_headers={"Authorization": f"Bearer {api.token}"},
        max_size=None,
    ) as socket:  # fmt: skip
        for message in socket:
            frame = json.loads(message)
            for event in frame.get("events", []):
                _print(event)
                if event["kind"] in _ENDS:
                    raise typer.Exit(_ENDS[event["kind"]])


def _print(event: dict[str, Any]) -> None:
    data = event["data"]
    console = Console(highlight=False)
    if event["kind"] == "agent.log":
        for line in data["lines"]:
            console.print(Text(f"  {_plain(line)}", style="dim"))
        return
    rest = " ".join(f"{key}={value}" for key, value in data.items() if value not in (None, "", {}, []))
    console.print(Text.assemble(f"{event['seq']:>4} ", (event["kind"], "bold"), f" {_plain(rest)}"))


def _plain(text: str) -> str:
    """Return text that can do nothing to a terminal."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)
