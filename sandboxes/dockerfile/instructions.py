"""What a Dockerfile body comes to: steps, in order."""

import json
from dataclasses import dataclass
from typing import TypeAlias

DEFAULT_ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class Run:
    """A command. `script` is put into a file of its own and run from there, where it says by itself what runs it."""

    line: int
    argv: tuple[str, ...]
    text: str
    script: str = ""


@dataclass(frozen=True, slots=True)
class Env:
    """Variables by name, in order; the values as they are written, with quotes and variables in them."""

    line: int
    values: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Workdir:
    """A folder as it is written, made if it is not there; the steps behind it start in it."""

    line: int
    path: str
    text: str


Step: TypeAlias = Run | Env | Workdir


@dataclass(frozen=True, slots=True)
class Dockerfile:
    steps: tuple[Step, ...]
    escape: str = DEFAULT_ESCAPE

    @property
    def normal_form(self) -> str:
        """Return a text that is the same for two bodies that ask for the same, whatever their comments and breaks."""
        return json.dumps([self.escape, *map(_normal, self.steps)], ensure_ascii=False, separators=(",", ":"))


def _normal(step: Step) -> list[object]:
    match step:
        case Run(argv=argv, script=script):
            return ["RUN", *argv, script]
        case Env(values=values):
            return ["ENV", *map(list, values)]
        case Workdir(path=path):
            return ["WORKDIR", path]
