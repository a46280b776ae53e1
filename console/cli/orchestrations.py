"""Orchestrations and their runs, by commands of their own: `callboard create-orchestration …`."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from console.cli.client import Org, Token, Url, connect, sentences_of, show
from console.cli.ending import stop
from console.client import ApiError, Call, Client, NoAnswer, OrchestrationRun, Page, orchestrations

Answer = TypeVar("Answer")

OrchestrationId = Annotated[str, typer.Option("--orchestration-id", help="orch_…")]
RunId = Annotated[str, typer.Option("--run-id", help="run_…")]
Nodes = Annotated[str, typer.Option("--nodes", help="A JSON array, or @FILE that holds one.")]
Edges = Annotated[str, typer.Option("--edges", help="A JSON array, or @FILE that holds one.")]
StateSchema = Annotated[str, typer.Option("--state-schema", help="A JSON Schema, or @FILE that holds one.")]
InputSchema = Annotated[str, typer.Option("--input-schema", help="A JSON Schema, or @FILE that holds one.")]
Description = Annotated[str | None, typer.Option("--description")]

_LOOK_SECONDS = 0.5
#: What a run that was started may stand at for the command to end well.
_GOOD = {"running", "paused", "completed"}


def create(
    name: Annotated[str, typer.Option("--name")],
    nodes: Nodes,
    edges: Edges,
    project_id: Annotated[str | None, typer.Option("--project-id", help="proj_…; else the token's own.")] = None,
    description: Description = None,
    state_schema: StateSchema = "",
    input_schema: InputSchema = "",
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Create an orchestration and print it."""
    call = orchestrations.create(
        name=name, nodes=_read("--nodes", nodes), edges=_read("--edges", edges), project_id=project_id,
        description=description, state_schema=_read("--state-schema", state_schema),
        input_schema=_read("--input-schema", input_schema),
    )  # fmt: skip
    show(_ask(call, url, token, org))


def validate(nodes: Nodes, edges: Edges, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Check a graph without storing it, and print what was found. Ends with 1 if there is an error."""
    call = orchestrations.validate(nodes=_read("--nodes", nodes), edges=_read("--edges", edges))
    found = _ask(call, url, token, org)
    show(found)
    raise typer.Exit(0 if found["valid"] else 1)


def list_(
    project_id: Annotated[str | None, typer.Option("--project-id", help="Only those of a project.")] = None,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """List orchestrations, the newest first."""
    show(_all(lambda cursor: orchestrations.listed(project_id=project_id, cursor=cursor), url, token, org))


def get(orchestration_id: OrchestrationId, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Print an orchestration."""
    show(_ask(orchestrations.get(orchestration_id), url, token, org))


def update(
    orchestration_id: OrchestrationId,
    name: Annotated[str | None, typer.Option("--name")] = None,
    nodes: Nodes = "",
    edges: Edges = "",
    description: Description = None,
    state_schema: StateSchema = "",
    input_schema: InputSchema = "",
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Change what is given of an orchestration, and print it."""
    call = orchestrations.update(
        orchestration_id, name=name, nodes=_read("--nodes", nodes), edges=_read("--edges", edges),
        description=description, state_schema=_read("--state-schema", state_schema),
        input_schema=_read("--input-schema", input_schema),
    )  # fmt: skip
    show(_ask(call, url, token, org))


def delete(orchestration_id: OrchestrationId, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Delete an orchestration."""
    _ask(orchestrations.delete(orchestration_id), url, token, org)


def create_run(
    orchestration_id: OrchestrationId,
    input_: Annotated[str, typer.Option("--input", help="A JSON object, or @FILE that holds one.")] = "{}",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it has ended or pauses; 1 if it failed.")] = False,
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Start a run and print it."""
    with _client(url, token, org) as client:
        run = _answer(client, orchestrations.start_run(orchestration_id, input=_read("--input", input_), wait=wait))
        if wait:
            run = _until_it_stands(client, run)
    show(run)
    raise typer.Exit(0 if run["status"] in _GOOD else 1)


def get_run(orchestration_id: OrchestrationId, run_id: RunId, url: Url = "", token: Token = "", org: Org = "") -> None:
    """Print a run."""
    show(_ask(orchestrations.get_run(orchestration_id, run_id), url, token, org))


def list_runs(orchestration_id: OrchestrationId, url: Url = "", token: Token = "", org: Org = "") -> None:
    """List the runs of an orchestration, the newest first."""
    show(_all(lambda cursor: orchestrations.runs(orchestration_id, cursor=cursor), url, token, org))


def cancel_run(
    orchestration_id: OrchestrationId, run_id: RunId, url: Url = "", token: Token = "", org: Org = ""
) -> None:
    """Cancel a run and print it."""
    show(_ask(orchestrations.cancel_run(orchestration_id, run_id), url, token, org))


def resume_run(
    orchestration_id: OrchestrationId, run_id: RunId, url: Url = "", token: Token = "", org: Org = ""
) -> None:
    """Resume a paused run and print it."""
    show(_ask(orchestrations.resume_run(orchestration_id, run_id), url, token, org))


def submit_human_input(
    orchestration_id: OrchestrationId,
    run_id: RunId,
    node_id: Annotated[str, typer.Option("--node-id", help="The node that waits, as in required_action.")],
    output: Annotated[str, typer.Option("--output", help="A JSON object, or @FILE that holds one.")],
    url: Url = "",
    token: Token = "",
    org: Org = "",
) -> None:
    """Answer the node that a run waits at, and print the run."""
    call = orchestrations.submit_human_input(
        orchestration_id, run_id, node_id=node_id, output=_read("--output", output)
    )
    show(_ask(call, url, token, org))


def add_to(app: typer.Typer) -> None:
    """Add the commands under the names that programs know them by."""
    app.command("create-orchestration")(create)
    app.command("validate-orchestration")(validate)
    app.command("list-orchestrations")(list_)
    app.command("get-orchestration")(get)
    app.command("update-orchestration")(update)
    app.command("delete-orchestration")(delete)
    app.command("create-orchestration-run")(create_run)
    app.command("list-orchestration-runs")(list_runs)
    app.command("get-orchestration-run")(get_run)
    app.command("cancel-orchestration-run")(cancel_run)
    app.command("resume-orchestration-run")(resume_run)
    app.command("submit-human-input")(submit_human_input)


def _client(url: str, token: str, org: str) -> Client:
    api = connect(url, token, org)
    return Client(api.url, api.token)


def _ask(call: Call[Answer], url: str, token: str, org: str) -> Answer:
    with _client(url, token, org) as client:
        return _answer(client, call)


def _answer(client: Client, call: Call[Answer]) -> Answer:
    try:
        return client(call)
    except ApiError as error:
        stop(*sentences_of(error.message, error.code, error.details))
    except NoAnswer as error:
        stop(f"{error} Is it running? make up starts it.")


def _until_it_stands(client: Client, run: OrchestrationRun) -> OrchestrationRun:
    """Ask until a run that takes longer than one answer may has ended or pauses."""
    while run["status"] == "running":
        time.sleep(_LOOK_SECONDS)
        run = _answer(client, orchestrations.get_run(run["orchestration_id"], run["id"]))
    return run


def _all(ask: Callable[[str | None], Call[Page[Answer]]], url: str, token: str, org: str) -> list[Answer]:
    found: list[Answer] = []
    with _client(url, token, org) as client:
        page = _answer(client, ask(None))
        found += page["items"]
        while page["next_cursor"]:
            page = _answer(client, ask(page["next_cursor"]))
            found += page["items"]
    return found


def _read(option: str, text: str) -> Any:
    """Return the JSON of an option, or of the file that it names; None where it was left out."""
    if not text:
        return None
    try:
        return json.loads(Path(text[1:]).read_text() if text.startswith("@") else text)
    except (OSError, ValueError) as error:
        stop(f"{option} is not JSON: {error}")
