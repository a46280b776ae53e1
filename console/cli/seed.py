import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from console.cli.client import Api, Org, Token, Url, connect

#: Exit codes of `--wait`.
ALL_PASSED, SOME_FAILED = 0, 1
_POLL_SECONDS = 0.5
_MOST_SHOWN = 50
_COLORS = {"PASS": "green", "FAIL": "red", "UNGRADED": "magenta"}


def seed(
    file: Annotated[Path, typer.Argument(help="A CSV file with a user column.", exists=True, dir_okay=False)],
    workflow: Annotated[str, typer.Option(help="The workflow's id.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait for every run, and end with 1 unless all passed.")] = False,
    leave_out_bad_rows: Annotated[bool, typer.Option(help="Seed the rows that have no problem.")] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Seed tasks from a CSV file. Ends with 2 if the file or a row can't be used: then nothing is created."""
    api = connect(url, token, org)
    with file.open("rb") as stream:
        seeded = api(
            "POST", f"/api/v1/workflows/{workflow}/tasks/csv", files={"file": (file.name, stream, "text/csv")},
            params={"leave_out_bad_rows": str(leave_out_bad_rows).lower()},
        )  # fmt: skip
    Console(stderr=True).print(_receipt(seeded), highlight=False)
    if not wait:
        return
    counts = _wait(api, seeded["dataset_id"])
    tasks = list(api.pages(f"/api/v1/workflows/{workflow}/tasks", dataset_id=seeded["dataset_id"]))
    _show(tasks)
    raise typer.Exit(ALL_PASSED if counts["passed"] == counts["total"] else SOME_FAILED)


def _receipt(seeded: dict[str, Any]) -> str:
    tasks = "1 task" if seeded["created"] == 1 else f"{seeded['created']:,} tasks"
    return f"{tasks}, dataset {seeded['dataset_id']}"


def _wait(api: Api, dataset_id: str) -> dict[str, int]:
    """Show how far the dataset's runs have come until the last has ended; return the counts."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("Running", total=None)
        while True:
            counts: dict[str, int] = api("GET", f"/api/datasets/{dataset_id}")["counts"]
            progress.update(bar, total=counts["total"], completed=counts["ended"])
            if counts["ended"] >= counts["total"]:
                return counts
            time.sleep(_POLL_SECONDS)


def _show(tasks: list[dict[str, Any]]) -> None:
    table = Table("Row", "Task", "Status", "Verdict", "Latency", "Why")
    for task in sorted(tasks, key=lambda item: item["row"])[:_MOST_SHOWN]:
        run = task["agent_run"]
        verdict = (run["verdict"] or {}).get("verdict", "–")
        latency = "–" if run["latency_ms"] is None else f"{run['latency_ms'] / 1000:.1f} s"
        table.add_row(
            str(task["row"]), Text(task["title"][:60]), run["status"], Text(verdict, style=_COLORS.get(verdict, "")),
            latency, Text(_why(run)),
        )  # fmt: skip
    console = Console()
    console.print(table)
    if len(tasks) > _MOST_SHOWN:
        console.print(f"and {len(tasks) - _MOST_SHOWN:,} more")


def _why(run: dict[str, Any]) -> str:
    if run["error"]:
        return f"{run['error']['code']}: {run['error']['message']}"
    items = (run["verdict"] or {}).get("items", [])
    failed = [item["name"] for item in items if item["passed"] is False]
    return ", ".join(failed) or (run["verdict"] or {}).get("ungraded_reason", "")
