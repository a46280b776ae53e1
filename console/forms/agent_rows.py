"""The rows of an agent's form: files and environment variables, of which there may be any number.

Each control is named for its row, `env-3-name`. Rows may be missing between others, as a browser removes them, and a
row in which nothing was typed stands for nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from pydantic import JsonValue

from agents.sources.paste import FILE_NAME


@dataclass(slots=True)
class VariableRow:
    """One environment variable, or one header, as it was typed; `problems` by the control they belong to."""

    number: int
    name: str = ""
    kind: str = "literal"
    value: str = ""
    credential: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.name or self.value or self.credential)

    def as_json(self) -> dict[str, JsonValue]:
        if self.kind == "credential":
            return {"name": self.name, "credential_id": self.credential or None}
        return {"name": self.name, "value": self.value}


@dataclass(slots=True)
class FileRow:
    """One file as it was typed."""

    number: int
    path: str = ""
    text: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.path or self.text)


def variables_sent(data: QueryDict, prefix: str = "env") -> list[VariableRow]:
    rows = [
        VariableRow(number, sent["name"].strip(), sent["kind"], one_newline(sent["value"]), sent["credential"])
        for number, sent in _rows(data, prefix, ("name", "kind", "value", "credential"))
    ]
    return [row for row in rows if not row.is_blank]


def files_sent(data: QueryDict) -> list[FileRow]:
    rows = [
        FileRow(number, sent["path"].strip(), one_newline(sent["text"]))
        for number, sent in _rows(data, "file", ("path", "text"))
    ]
    return [row for row in rows if not row.is_blank]


def variables_of(spec: Mapping[str, JsonValue], key: str = "env") -> list[VariableRow]:
    env = spec.get(key)
    return [
        VariableRow(
            number,
            name=str(variable["name"]),
            kind="credential" if "credential_id" in variable else "literal",
            value=str(variable.get("value", "")),
            credential=str(variable.get("credential_id", "")),
        )
        for number, variable in enumerate(env if isinstance(env, list) else ())
        if isinstance(variable, dict)
    ]


def files_of(spec: Mapping[str, JsonValue]) -> list[FileRow]:
    """Return the files of a spec; of any other source than files, an empty one to begin with."""
    source = spec.get("source")
    files = source.get("files") if isinstance(source, dict) else None
    if not isinstance(files, dict):
        return [FileRow(0, FILE_NAME)]
    return [FileRow(number, path, str(text)) for number, (path, text) in enumerate(files.items())]


def next_number(rows: Sequence[VariableRow | FileRow]) -> int:
    return max((row.number for row in rows), default=-1) + 1


def one_newline(text: str) -> str:
    """Undo what browsers do to the ends of lines when they send a form."""
    return text.replace("\r\n", "\n")


def _rows(data: QueryDict, prefix: str, names: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a kind with what was sent for each of `names`, in the order of their numbers."""
    pattern = re.compile(rf"{prefix}-([0-9]{{1,4}})-(?:{'|'.join(names)})")
    numbers = {int(match[1]) for key in data if (match := pattern.fullmatch(key))}
    return [(n, {name: str(data.get(f"{prefix}-{n}-{name}", "")) for name in names}) for n in sorted(numbers)]
