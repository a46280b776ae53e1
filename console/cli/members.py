"""Who belongs to the organization, its projects, and the trail of what they changed: by the REST API."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.cli.client import Api, Org, Token, Url, connect
from console.cli.ending import stop

app = typer.Typer(no_args_is_help=True)
projects = typer.Typer(no_args_is_help=True)

Role = Annotated[str, typer.Option(help="org_admin, project_admin_owner, member or viewer.")]
Project = Annotated[str, typer.Option(help="Where the role holds, by the project's id; without it everywhere.")]


@app.command("list")
def list_(url: Url = "", token: Token = "", org: Org = "") -> None:
    """List members and open invitations."""
    api = connect(url, token, org)
    table = Table("Id", "E-mail", "Role", "Project", "")
    for member in api.pages("/api/members"):
        table.add_row(member["id"], Text(member["email"]), member["role"], _where(member["project"]), "")
    for invited in api.pages("/api/invitations"):
        row = (invited["id"], Text(invited["email"]), invited["role"], _where(invited["project"]), "invited")
        table.add_row(*row)
    Console().print(table)


@app.command("invite")
def invite(email: str, role: Role, project: Project = "", url: Url = "", token: Token = "", org: Org = "") -> None:
    """Invite somebody and print the link that lets them in, once."""
    sent = {"email": email, "role": role, "project": project or None}
    print(connect(url, token, org)("POST", "/api/invitations", json=sent)["link"])


@app.command("revoke")
def revoke(invitation: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Revoke an invitation, by its id or e-mail."""
    api = connect(url, token, org)
    api("DELETE", f"/api/invitations/{_named(api, 'invitations', invitation)}")


@app.command("change")
def change(member: str, role: Role, project: Project = "", url: Url = "", token: Token = "", org: Org = "") -> None:
    """Give a member another role, by the member's id or e-mail."""
    api = connect(url, token, org)
    sent = {"role": role, "project": project or None}
    api("PUT", f"/api/members/{_named(api, 'members', member)}", json=sent)


@app.command("remove")
def remove(member: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Take a member's role away, by the member's id or e-mail. What they made stays."""
    api = connect(url, token, org)
    api("DELETE", f"/api/members/{_named(api, 'members', member)}")


@projects.command("list")
def projects_list(url: Url = "", token: Token = "", org: Org = "") -> None:
    """List the projects that the token may enter."""
    for project in connect(url, token, org)("GET", "/api/projects"):
        print(f"{project['id']}\t{project['name']}")


@projects.command("create")
def project_create(name: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Create a project and print its id."""
    print(connect(url, token, org)("POST", "/api/projects", json={"name": name})["id"])


@projects.command("rename")
def project_rename(project: str, name: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Give a project another name. Its id stays."""
    connect(url, token, org)("PUT", f"/api/projects/{project}", json={"name": name})


def audit(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it to the terminal.")] = None,
    person: Annotated[str, typer.Option(help="A person's id, or callboard.")] = "",
    action: Annotated[str, typer.Option(help="Such as agent.publish.")] = "",
    target: Annotated[str, typer.Option(help="The id of a thing, or a part of its name.")] = "",
    since: Annotated[str, typer.Option(help="Then or later: 2026-03-01, or with a time.")] = "",
    until: Annotated[str, typer.Option(help="Before.")] = "",
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Write the trail of changes as CSV, the newest first."""
    given = {"person": person, "action": action, "target": target, "since": since, "until": until}
    query = {name: value for name, value in given.items() if value}
    api = connect(url, token, org)
    if file is None:
        api.save("/api/audit/export", sys.stdout.buffer, **query)
        return
    with file.open("wb") as stream:
        api.save("/api/audit/export", stream, **query)


def _where(project: dict[str, str] | None) -> Text:
    return Text(project["name"] if project else "every project")


def _named(api: Api, what: str, named: str) -> str:
    """Return the id of what is named by its id or by an e-mail, which must name one alone."""
    if "@" not in named:
        return named
    found = [item["id"] for item in api.pages(f"/api/{what}") if item["email"] == named.lower()]
    if len(found) != 1:
        stop(f"There are {len(found)} of {named}. callboard member list shows their ids.")
    return str(found[0])
