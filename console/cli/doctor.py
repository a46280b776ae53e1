"""`callboard doctor`: looks over the instance that is named, or the one of this machine, by its own settings."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import typer
from rich.console import Console
from rich.markup import escape

from console.cli.client import Token, Url, connect, target
from console.cli.instance import set_up
from console.embedded.home import Home
from console.embedded.running import environment_of, settings_in, supervisor_of

_MARKS = {"ok": "[green]OK[/]", "warning": "[yellow]Warning[/]", "error": "[red]Error[/]"}
#: What is not the instance's alone: where it is, how loud this command is, and what only commands read.
_OURS = {"CALLBOARD_HOME", "CALLBOARD_LOG_LEVEL", "CALLBOARD_TOKEN"}


class _Finding(NamedTuple):
    section: str
    subject: str
    level: str
    text: str
    fix: str


def doctor(url: Url = "", token: Token = "") -> None:
    """Look the installation over, and say how to mend what is missing. Ends with 1 if something does not work.

    With --url and --token it asks that instance. Without, it looks over the one of CALLBOARD_HOME on this machine.
    """
    found = _asked(url, token) if target(url, token).token else _looked_up()
    _print(found)
    raise typer.Exit(1 if any(line.level == "error" for line in found) else 0)


def _asked(url: str, token: str) -> list[_Finding]:
    api = connect(url, token)
    print(f"The instance at {api.url}, by what it says of itself.")
    return [_Finding(**line) for line in api("GET", "/api/health", params={"again": "true"})["lines"]]


def _looked_up() -> list[_Finding]:
    print(adopt_settings())
    set_up()
    from console.ops.doctor import examine  # noqa: PLC0415

    return [_Finding(line.section, line.subject, line.level.value, line.text, line.fix) for line in examine()]


def adopt_settings() -> str:
    """Take the settings that the running instance was started with for this process's own; return which those are.

    Where none runs, or somebody else's, the settings of this shell stay.
    """
    home = Home(Path(os.environ.get("CALLBOARD_HOME") or Path(__file__).parents[2] / "var").resolve())
    pid = supervisor_of(home)
    if pid is None:
        return f"No instance of yours runs in {home.path}. These are the settings of this shell."
    try:
        theirs = _without_ours(settings_in(environment_of(pid)))
    except OSError as error:
        return f"The settings of process {pid} can't be read ({error.strerror}). These are the settings of this shell."
    shells = _without_ours(settings_in(dict(os.environ)))
    for name in shells.keys() - theirs.keys():
        del os.environ[name]
    os.environ.update(theirs)
    differing = sorted(name for name in {*shells, *theirs} if shells.get(name) != theirs.get(name))
    beside = f" This shell differs in {', '.join(differing)}." if differing else ""
    return f"The instance in {home.path}, process {pid}, with the settings it was started with.{beside}"


def _without_ours(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if name not in _OURS}


def _print(findings: Iterable[_Finding]) -> None:
    console = Console()
    section = ""
    for line in findings:
        if line.section != section:
            section = line.section
            console.print(f"\n[bold]{section}[/]")
        console.print(f"  {_MARKS[line.level]:<8} {escape(line.subject)}: {escape(line.text)}", highlight=False)
        if line.fix:
            console.print(f"           [dim]{escape(line.fix)}[/]", highlight=False)
