"""How a command ends that can't do what it was asked to."""

import sys
from typing import NoReturn

import typer

USAGE_ERROR = 2


def stop(*sentences: str, code: int = USAGE_ERROR) -> NoReturn:
    """Print what is wrong and end the program."""
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    raise typer.Exit(code)
