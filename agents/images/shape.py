"""What is written down of an agent's image: the body of a Dockerfile. Blank is the default image."""

from typing import Annotated

from pydantic import AfterValidator

from console.errors import Problem
from sandboxes.dockerfile import Refused, parse


def _tidy(text: str) -> str:
    """Return a body with the line ends of Unix; one that is all blank asks for nothing."""
    return text.replace("\r\n", "\n") if text.strip() else ""


DockerfileBody = Annotated[str, AfterValidator(_tidy)]


def dockerfile_problems(body: str) -> list[Problem]:
    """Return what is wrong with a body, a problem for each line."""
    if not body:
        return []
    try:
        parse(body)
    except Refused as refused:
        return [Problem(f"Line {fault.line}: {fault.message}", "dockerfile") for fault in refused.faults]
    return []
