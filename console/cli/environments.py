"""An agent's environment, as options of the command line."""

from pathlib import Path
from typing import Annotated, Any

import typer

from agents.environments.requirements import lines_of
from console.cli.ending import stop

Requirements = Annotated[str, typer.Option(help="A file of Python requirements, one on each line.")]
Packages = Annotated[list[str] | None, typer.Option("--package", help="A system package; may be repeated.")]
Setup = Annotated[str, typer.Option(help="A shell command that runs in the sandbox before the agent.")]
Python = Annotated[str, typer.Option(help="The version of Python, 3.9 to 3.13; blank is 3.13.")]


def environment_of(requirements: str, packages: list[str] | None, setup: str, python: str) -> dict[str, Any]:
    """Return the environment as the API takes it."""
    file = Path(requirements) if requirements else None
    if file is not None and not file.is_file():
        stop(f"There is no file {requirements}.")
    return {
        "requirements": lines_of(file.read_text()) if file else [],
        "system_packages": packages or [],
        "setup_command": setup,
        "python_version": python,
    }
