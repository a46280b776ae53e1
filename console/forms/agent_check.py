"""What can be said of an agent's code while it is being typed. It is parsed, never run."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import JsonValue

from agents.sources.base import bare_name_problem, entrypoint_place
from agents.sources.registry import source


class Check(NamedTuple):
    """`info`, `ok` or `error`, a sentence, and the line of the entrypoint."""

    status: str
    sentence: str
    line: int | None = None


def check(data: Mapping[str, JsonValue], *, entrypoint: str, entrypoint_file: str) -> Check:
    """Say where the entrypoint is, or what is wrong with the code or the name."""
    text = _text(data, entrypoint_file)
    if not text.strip():
        return Check("info", f"Checked as you type: {entrypoint_file} needs a top-level {entrypoint or 'function'}.")
    if problem := bare_name_problem(entrypoint):
        return Check("error", problem.message)
    kind = source(str(data["kind"]))
    if problems := kind.problems(data, entrypoint=entrypoint, entrypoint_file=entrypoint_file):
        return Check("error", problems[0].message)
    place = entrypoint_place(text, entrypoint)
    if place is None:
        return Check("error", f"{entrypoint_file} can't be read as Python.")
    where = f"{entrypoint} is defined at line {place.line}" + (f" of {entrypoint_file}" if "files" in data else "")
    if place.are_arguments_known:
        return Check("ok", f"{where} and takes the right arguments", place.line)
    return Check("ok", f"{where}; whether its arguments fit shows when it runs", place.line)


def _text(data: Mapping[str, JsonValue], entrypoint_file: str) -> str:
    files = data.get("files")
    return str(files.get(entrypoint_file, "") if isinstance(files, dict) else data.get("code", ""))
