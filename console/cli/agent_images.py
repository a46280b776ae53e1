"""`callboard image …`: the images of agents, over the REST API."""

import time
from typing import Annotated, Any

import typer

from console.cli.agents import agent_id
from console.cli.client import Api, Org, Token, Url, connect, show
from console.cli.ending import stop

_POLL_SECONDS = 1.0
_BUILDING, _READY = "building", "ready"

Agent = Annotated[str, typer.Argument(help="An agent, by id or name.")]


def build(
    agent: Agent,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build it anew although it is there.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Show the log until it is done; end with 1 if it failed.")
    ] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Build the image of an agent's Dockerfile and print its state."""
    api = connect(url, token, org)
    path = f"/api/agents/{agent_id(api, agent)}/image"
    image = api("POST", f"{path}/build", json={"rebuild": rebuild})
    if wait and image["state"] == _BUILDING:
        image = _followed(api, path)
    print(image["state"])
    if wait and image["state"] != _READY:
        stop(image["error"] or "The build was cancelled.", code=1)


def status(agent: Agent, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Print what there is of an agent's image, as JSON."""
    api = connect(url, token, org)
    show(api("GET", f"/api/agents/{agent_id(api, agent)}/image"))


def log(agent: Agent, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Print the log of the last build of an agent's image."""
    api = connect(url, token, org)
    _print_log(api, f"/api/agents/{agent_id(api, agent)}/image", 0)


def cancel(agent: Agent, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Cancel the build of an agent's image."""
    api = connect(url, token, org)
    print(api("POST", f"/api/agents/{agent_id(api, agent)}/image/cancel")["state"])


def add_to(app: typer.Typer) -> None:
    for command in (build, status, log, cancel):
        app.command(command.__name__)(command)


def _followed(api: Api, path: str) -> Any:
    """Print the log as it comes, and return the image once it is no longer being built."""
    after = 0
    while True:
        image = api("GET", path)
        after = _print_log(api, path, after)
        if image["state"] != _BUILDING:
            return image
        time.sleep(_POLL_SECONDS)


def _print_log(api: Api, path: str, after: int) -> int:
    """Print the lines behind a line, and return the number of the last."""
    while True:
        found = api("GET", f"{path}/log", params={"after": after})
        for line in found["lines"]:
            print(line["text"], flush=True)
        if not found["lines"]:
            return after
        after = found["next"]
