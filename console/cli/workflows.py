import json
from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli.agents import agent_id
from console.cli.client import Org, Token, Url, connect
from console.cli.ending import stop

app = typer.Typer(no_args_is_help=True)


@app.command("create")
def create(
    name: str,
    agent: Annotated[str, typer.Option(help="The agent that fills in the field, by id or name.")] = "",
    judge: Annotated[str, typer.Option(help="The judge model; without it the organization's default.")] = "",
    rubric: Annotated[str, typer.Option(help="What the judge looks for, one item a line.")] = "",
    contains: Annotated[list[str] | None, typer.Option(help="A text the answer must contain; may be repeated.")] = None,
    fields: Annotated[Path | None, typer.Option(help="A JSON file with the fields, instead of all these.")] = None,
    publish: Annotated[bool, typer.Option(help="Publish it too.")] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Create a workflow and print its id."""
    api = connect(url, token, org)
    if fields is not None:
        listed: list[dict[str, Any]] = json.loads(fields.read_text())
    elif agent:
        criteria = [{"type": "contains", "value": text} for text in contains or []]
        config = {"agent_id": agent_id(api, agent), "judge_model": judge, "rubric": rubric, "criteria": criteria}
        listed = [{"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}]
    else:
        stop("Name an agent with --agent, or a file with --fields.")
    made = api("POST", "/api/v1/workflows", json={"name": name, "fields": listed})
    if publish:
        api("POST", f"/api/v1/workflows/{made['id']}/publish")
    print(made["id"])


@app.command("publish")
def publish_(workflow: str, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Publish a workflow's draft and print the version."""
    print(connect(url, token, org)("POST", f"/api/v1/workflows/{workflow}/publish")["version"])
