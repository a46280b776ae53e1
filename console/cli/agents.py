from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from console.cli import archives
from console.cli.archives import uploaded
from console.cli.client import Api, Org, Token, Url, connect
from console.cli.ending import stop
from console.cli.environments import Packages, Python, Requirements, Setup, environment_of
from console.cli.sandboxes import definition_id

app = typer.Typer(no_args_is_help=True)
archives.add_to(app)


@app.command("register")
def register(
    name: str,
    code: Annotated[str, typer.Argument(help="A Python file, a folder, a ZIP archive, or a repository's https URL.")],
    entrypoint: str = "run",
    entrypoint_file: str = "main.py",
    env: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, or NAME=@CREDENTIAL_ID; may be repeated.")] = None,
    timeout: Annotated[int, typer.Option(help="Seconds a run may take.")] = 300,
    network: Annotated[str, typer.Option(help="none or internet.")] = "none",
    description: str = "",
    dockerfile: Annotated[
        Path | None, typer.Option(help="A file with RUN, ENV and WORKDIR, for an image of its own.", exists=True)
    ] = None,
    ref: Annotated[str, typer.Option(help="Of a repository: a branch, a tag or a commit.")] = "",
    git_credential: Annotated[str, typer.Option(help="Of a private repository: the credential's id.")] = "",
    requirements: Requirements = "",
    package: Packages = None,
    setup: Setup = "",
    python: Python = "",
    sandbox: Annotated[str, typer.Option(help="A sandbox definition, by id or name.")] = "",
    publish: Annotated[bool, typer.Option(help="Publish it too.")] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Register a Python agent and print its id."""
    api = connect(url, token, org)
    made = api(
        "POST", "/api/agents",
        json={
            "name": name, "description": description, "source": _source(api, code, ref, git_credential),
            "entrypoint": entrypoint, "entrypoint_file": entrypoint_file,
            "env": [_variable(item) for item in env or []], "run_timeout_s": timeout, "network": network,
            "sandbox_definition_id": definition_id(api, sandbox) if sandbox else None,
            "dockerfile": dockerfile.read_text() if dockerfile else "",
            "environment": environment_of(requirements, package, setup, python),
        },
    )  # fmt: skip
    if publish:
        api("POST", f"/api/agents/{made['id']}/publish")
    print(made["id"])


@app.command("publish")
def publish_(agent: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Publish an agent's draft, by id or name, and print the version."""
    api = connect(url, token, org)
    print(api("POST", f"/api/agents/{agent_id(api, agent)}/publish")["version"])


@app.command("list")
def list_(url: Url = "", token: Token = "", org: Org = "") -> None:
    """List the agents."""
    table = Table("Id", "Name", "Status", "Version")
    for agent in connect(url, token, org).pages("/api/agents"):
        table.add_row(agent["id"], agent["name"], agent["status"], str(agent["version"] or "–"))
    Console().print(table)


def agent_id(api: Api, named: str) -> str:
    """Return the id of an agent that is named by its id or by its name."""
    if named.startswith("agt_"):
        return named
    found = [agent["id"] for agent in api.pages("/api/agents") if agent["name"] == named]
    if not found:
        stop(f"There is no agent {named!r}. callboard agent list shows them.")
    return str(found[0])


def _source(api: Api, code: str, ref: str, git_credential: str) -> dict[str, Any]:
    if "://" in code:
        auth = {"mode": "credential", "credential_id": git_credential} if git_credential else {"mode": "none"}
        return {"kind": "git", "url": code, "ref": ref, "auth": auth}
    if ref or git_credential:
        stop("--ref and --git-credential go with the URL of a repository.")
    path = Path(code)
    if path.is_file() and path.suffix.lower() == ".zip":
        return {"kind": "zip", "archive_id": uploaded(api, path)}
    if path.is_file():
        return {"kind": "paste", "code": path.read_text()}
    if not path.is_dir():
        stop(f"There is no file or folder {code}.")
    files = {str(file.relative_to(path)): file.read_text() for file in sorted(path.rglob("*.py"))}
    return {"kind": "files", "files": files}


def _variable(item: str) -> dict[str, str]:
    name, equals, value = item.partition("=")
    if not equals:
        stop(f"{item!r} is not NAME=VALUE.")
    return {"name": name, "credential_id": value[1:]} if value.startswith("@") else {"name": name, "value": value}
