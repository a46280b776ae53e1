from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from console.cli.client import Api, Org, Token, Url, connect
from console.cli.ending import stop

app = typer.Typer(no_args_is_help=True)
_PATH = "/api/sandbox-definitions"


@app.command("add")
def add(
    name: str,
    network: Annotated[str, typer.Option(help="none, proxy_only, allow_list or internet.")] = "proxy_only",
    host: Annotated[list[str] | None, typer.Option(help="Of allow_list; may be repeated.")] = None,
    cpus: Annotated[float | None, typer.Option(help="Processors.")] = None,
    memory: Annotated[int | None, typer.Option(help="MB.")] = None,
    disk: Annotated[int | None, typer.Option(help="MB.")] = None,
    pids: Annotated[int | None, typer.Option(help="Processes at once.")] = None,
    image: Annotated[str, typer.Option(help="One that the operator allows.")] = "",
    runtime: Annotated[str, typer.Option(help="One that the operator allows.")] = "",
    description: str = "",
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Add a sandbox definition and print its id. A limit that is left out is the installation's own."""
    sent: dict[str, Any] = {
        "name": name, "description": description, "network": network, "allowed_domains": host or [], "cpus": cpus,
        "memory_mb": memory, "disk_mb": disk, "pids": pids, "image": image, "runtime": runtime,
    }  # fmt: skip
    print(connect(url, token, org)("POST", _PATH, json=sent)["id"])


@app.command("list")
def list_(url: Url = "", token: Token = "", org: Org = "") -> None:
    """List the sandbox definitions."""
    table = Table("Id", "Name", "Network", "Used by")
    for definition in connect(url, token, org).pages(_PATH):
        hosts = f" ({len(definition['allowed_domains'])})" if definition["allowed_domains"] else ""
        used_by = ", ".join(definition["used_by"]) or "–"
        table.add_row(definition["id"], definition["name"], f"{definition['network']}{hosts}", used_by)
    Console().print(table)


@app.command("archive")
def archive(definition: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Archive a definition, by id or name, that no agent has."""
    api = connect(url, token, org)
    api("DELETE", f"{_PATH}/{definition_id(api, definition)}")


def definition_id(api: Api, named: str) -> str:
    """Return the id of a definition that is named by its id or by its name."""
    if named.startswith("sbx_"):
        return named
    found = [definition["id"] for definition in api.pages(_PATH) if definition["name"] == named]
    if not found:
        stop(f"There is no sandbox definition {named!r}. callboard sandbox list shows them.")
    return str(found[0])
