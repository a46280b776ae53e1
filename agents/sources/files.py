import re
from collections.abc import Mapping

from pydantic import JsonValue

from agents.sources.base import KILOBYTE, Code, FetchContext, Source, entrypoint_problem
from console.errors import Problem

MOST_FILES = 50
MOST_FILE_BYTES = 200 * KILOBYTE
MOST_BYTES = 1024 * KILOBYTE
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class FilesSource(Source):
    """Several modules by their path: `{"kind": "files", "files": {path: text}}`."""

    def problems(self, data: Mapping[str, JsonValue], *, entrypoint: str, entrypoint_file: str) -> list[Problem]:
        files = data.get("files")
        if not isinstance(files, dict) or set(data) != {"kind", "files"}:
            return [Problem("Give the files as an object of path and text, and nothing else.", "source", "files")]
        found = [*_count_problems(files), *(problem for item in files.items() for problem in _file_problems(*item))]
        if found:
            return found
        if entrypoint_file not in files:
            return [Problem(f"There is no file {entrypoint_file}. Add it, or name another.", "entrypoint_file")]
        problem = entrypoint_problem(str(files[entrypoint_file]), entrypoint=entrypoint, file_name=entrypoint_file)
        return [problem] if problem else []

    def fetch(self, data: Mapping[str, JsonValue], context: FetchContext) -> Code:
        files = data["files"]
        assert isinstance(files, dict)  # noqa: S101  # checked when it was saved
        return Code(context.entrypoint_file, {path: str(text).encode() for path, text in files.items()})


def path_problem(path: str) -> str | None:
    """Return why a path can't be one of an agent's files."""
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or ":" in path:
        return "Use a relative path with forward slashes."
    if ".." in parts or "." in parts or "" in parts:
        return "Write the path without empty parts, . and .. in it."
    if any(part.startswith(".") for part in parts):
        return "A name can't begin with a dot."
    if not all(_PART.fullmatch(part) for part in parts):
        return "Use letters, digits, dots, dashes and underscores."
    return None if path.endswith(".py") else "Only .py files: a name must end in .py."


def _count_problems(files: Mapping[str, JsonValue]) -> list[Problem]:
    total = sum(len(str(text).encode("utf-8", "surrogatepass")) for text in files.values())
    found = []
    if not files:
        found.append(Problem("Add at least one file.", "source", "files"))
    if len(files) > MOST_FILES:
        found.append(Problem(f"There are {len(files)} files. Use at most {MOST_FILES}.", "source", "files"))
    if total > MOST_BYTES:
        found.append(Problem(f"The files have {-(-total // KILOBYTE)} KB in all. Use at most 1 MB.", "source", "files"))
    folders = {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
    found += [Problem("This is a file and a folder at once.", "source", "files", path) for path in folders & set(files)]
    return found


def _file_problems(path: str, text: JsonValue) -> list[Problem]:
    found = []
    if sentence := path_problem(path):
        found.append(Problem(sentence, "source", "files", path))
    if not isinstance(text, str):
        found.append(Problem("Give the file's content as text.", "source", "files", path))
    elif len(text.encode("utf-8", "surrogatepass")) > MOST_FILE_BYTES:
        found.append(Problem("The file is larger than 200 KB.", "source", "files", path))
    return found
