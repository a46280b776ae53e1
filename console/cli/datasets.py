from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.cli.client import Org, Token, Url, connect

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    workflow: Annotated[str, typer.Option(help="Only those of a workflow, by its id.")] = "",
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """List datasets, the newest first."""
    table = Table("Id", "File", "Status", "Rows", "Created")
    for found in connect(url, token, org).pages("/api/datasets", **({"workflow_id": workflow} if workflow else {})):
        rows, made = f"{found['total_rows']:,}", f"{found['created_rows']:,}"
        table.add_row(found["id"], Text(found["name"]), found["status"], rows, made)
    Console().print(table)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A CSV file with a user column.", exists=True, dir_okay=False)],
    workflow: Annotated[str, typer.Option(help="The workflow's id.")],
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Look a CSV file through, keep it for a day and print its id. Ends with 1 if rows have problems."""
    with file.open("rb") as stream:
        found = connect(url, token, org)(
            "POST", f"/api/v1/workflows/{workflow}/datasets", files={"file": (file.name, stream, "text/csv")}
        )
    print(found["id"])
    for error in found["errors"]:
        print(f"row {error['row']}, {error['column'] or '-'}: {error['message']}")
    raise typer.Exit(1 if found["problem_count"] else 0)


@app.command("seed")
def seed(
    dataset: str,
    leave_out_bad_rows: Annotated[bool, typer.Option(help="Seed the rows that have no problem.")] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Make tasks of the rows of a checked file, and print how it stands."""
    api = connect(url, token, org)
    sent = {"leave_out_bad_rows": leave_out_bad_rows}
    print(api("POST", f"/api/datasets/{dataset}/seed", json=sent)["status"])


@app.command("pause")
def pause(dataset: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Hold a seeding after the batch under way."""
    print(connect(url, token, org)("POST", f"/api/datasets/{dataset}/pause")["status"])


@app.command("continue")
def go_on(dataset: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Go on with a seeding that is held."""
    print(connect(url, token, org)("POST", f"/api/datasets/{dataset}/continue")["status"])


@app.command("cancel")
def cancel(dataset: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """End a seeding. The tasks that were made stay, and so do their runs."""
    print(connect(url, token, org)("POST", f"/api/datasets/{dataset}/cancel")["status"])
