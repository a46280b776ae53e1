"""The line that stands for a step in a list."""

import shlex

from sandboxes.trajectories.steps import Detail, ExceptionDetail, FileDetail, HttpDetail, LogDetail, ShellDetail

_LIMIT = 200
_FILE_VERBS = {
    "read": "Read",
    "write": "Wrote",
    "append": "Appended to",
    "delete": "Deleted",
    "rename": "Renamed",
    "link": "Linked",
    "make_folder": "Made folder",
}


def title_of(detail: Detail) -> str:
    match detail:
        case ShellDetail(argv=argv):
            text = _command(argv)
        case FileDetail():
            text = _file(detail)
        case HttpDetail(method=method, url=url, status=status):
            text = f"{method} {url}" if status is None else f"{method} {url} {status}"
        case LogDetail(text=said):
            text = next((line for line in said.splitlines() if line.strip()), "")
        case ExceptionDetail(type=kind, message=message):
            text = f"{kind}: {message}" if message else kind
        case _:
            text = detail.kind.value.capitalize()
    return one_line(text)


def one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LIMIT else f"{flat[: _LIMIT - 1]}…"


def _command(argv: list[str]) -> str:
    """Return what was run; of a shell's `-c`, what it was given."""
    shells = {"sh", "bash", "dash", "zsh"}
    if len(argv) == 3 and argv[1] in {"-c", "-lc"} and argv[0].rpartition("/")[2] in shells:  # noqa: PLR2004  # sh -c X
        return argv[2]
    return shlex.join(argv)


def _file(detail: FileDetail) -> str:
    text = f"{_FILE_VERBS.get(detail.action, detail.action)} {detail.path}"
    if detail.action == "rename":
        text += f" to {detail.other_path}"
    if detail.action == "read" and detail.is_missing:
        text += " (not there)"
    return f"{text} ({detail.times} times)" if detail.times > 1 else text
