"""Many runs of agents: listing them, writing them to a file, doing something with all that fit."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.cli.client import Org, Token, Url, connect
from console.cli.ending import stop

Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="NAME=VALUE",
        help="A filter of the REST API, such as verdict=FAIL, outcome=failed or since=2026-03-01T00:00:00Z. Repeated, "
        "all must fit; of several values of one name any may.",
    ),
]

#: The filters that take one value.
_SINGLE = frozenset({"agent_version_id", "dataset_id", "error_code", "outcome", "since", "until", "q"})
_MOST_SHOWN = 50


def list_(where: Where = None, url: Url = "", token: Token = "", org: Org = "") -> None:
    """List the newest runs of agents that fit."""
    found = connect(url, token, org)("GET", "/api/agent-runs", params={**_filters(where), "limit": _MOST_SHOWN})
    table = Table("Id", "Task", "Agent", "Status", "Verdict")
    for run in found["items"]:
        verdict = (run["verdict"] or {}).get("verdict", "–")
        table.add_row(run["id"], Text(run["title"][:60]), Text(run["agent"]), run["status"], verdict)
    Console().print(table)


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it to the terminal.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv, safe for spreadsheets, or jsonl, exact.")] = "csv",
    where: Where = None,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Write the runs of agents that fit as CSV or JSONL."""
    api, query = connect(url, token, org), {**_filters(where), "format": form}
    if file is None:
        api.save("/api/agent-runs/export", sys.stdout.buffer, **query)
        return
    with file.open("wb") as stream:
        api.save("/api/agent-runs/export", stream, **query)


def act(
    verb: Annotated[str, typer.Argument(help="rerun, regrade or cancel.")],
    runs: Annotated[list[str] | None, typer.Argument(help="The ids of runs of agents.")] = None,
    where: Where = None,
    everything: Annotated[bool, typer.Option("--all", help="Every run of the project.")] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Rerun, re-grade or cancel the runs that are named, or all that fit. Those it does not fit stay as they are."""
    if bool(runs) + bool(where) + everything != 1:
        stop("Say which runs: by their ids, by --where, or by --all.")
    meant = {"ids": runs} if runs else {"filters": _filters(where)}
    answer = connect(url, token, org)("POST", "/api/agent-runs/bulk", json={"verb": verb, **meant})
    done = "in the background" if answer["done"] is None else f"{answer['done']} done"
    print(f"{answer['asked']} asked for, {done}")


def _filters(where: list[str] | None) -> dict[str, Any]:
    """Return the filters as the API takes them."""
    several: dict[str, list[str]] = defaultdict(list)
    for item in where or ():
        name, equals, value = item.partition("=")
        if not equals:
            stop(f"{item!r} is not NAME=VALUE.")
        several[name].append(value)
    return {name: values[-1] if name in _SINGLE else values for name, values in several.items()}
