"""Makes the details of steps out of what the harness sends, of which nothing is taken on trust."""

from collections.abc import Callable, Mapping
from typing import Any

from sandboxes.trajectories.steps import Detail, ExceptionDetail, FileDetail, HttpDetail, LogDetail, ShellDetail

TEXT_LIMIT = 33_000
_MAX_ARGUMENTS = 200


def detail_of(kind: str, data: Mapping[str, object]) -> Detail | None:
    """Return the detail, None where there is no such kind."""
    make = _DETAILS.get(kind)
    return None if make is None else make(data)


def _shell(data: Mapping[str, object]) -> ShellDetail:
    argv = data.get("argv")
    return ShellDetail(
        argv=[text_of(part) for part in argv[:_MAX_ARGUMENTS]] if isinstance(argv, list) else [],
        cwd=text_of(data.get("cwd")),
        exit_code=number_of(data.get("exit_code")),
        stdout=text_of(data.get("stdout")),
        stderr=text_of(data.get("stderr")),
        error=text_of(data.get("error")),
    )


def _file(data: Mapping[str, object]) -> FileDetail:
    text = data.get("text")
    return FileDetail(
        action=text_of(data.get("action"), 20),
        path=text_of(data.get("path")),
        other_path=text_of(data.get("other_path")),
        times=max(1, count_of(data.get("times"))),
        size=number_of(data.get("size")),
        text=text_of(text) if text is not None else None,
        is_missing=data.get("is_missing") is True,
    )


def _request(data: Mapping[str, object]) -> HttpDetail:
    status = number_of(data.get("status"))
    return HttpDetail(text_of(data.get("method"), 20), text_of(data.get("url")), status, text_of(data.get("error")))


def _connection(data: Mapping[str, object]) -> HttpDetail:
    return HttpDetail("CONNECT", f"{text_of(data.get('host'), 300)}:{count_of(data.get('port'))}")


def _log(data: Mapping[str, object]) -> LogDetail:
    return LogDetail(text_of(data.get("stream"), 20), text_of(data.get("text")))


def _exception(data: Mapping[str, object]) -> ExceptionDetail:
    return ExceptionDetail(text_of(data.get("type_name")), text_of(data.get("message")), text_of(data.get("traceback")))


_DETAILS: Mapping[str, Callable[[Mapping[str, object]], Detail]] = {
    "process": _shell,
    "file": _file,
    "http": _request,
    "connect": _connection,
    "log": _log,
    "exception": _exception,
}


def went_well(detail: Detail) -> bool | None:
    """Say whether what a step tells went well, None where it does not show."""
    match detail:
        case ShellDetail(error=error, exit_code=code):
            return False if error else None if code is None else code == 0
        case HttpDetail(error=error, status=status):
            return False if error else None if status is None else status < 400  # noqa: PLR2004  # HTTP's own border
        case FileDetail(action="read", is_missing=is_missing):
            return not is_missing
        case ExceptionDetail():
            return False
        case _:
            return None


def text_of(value: Any, limit: int = TEXT_LIMIT) -> str:
    return value[:limit] if isinstance(value, str) else ""


def number_of(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else None


def count_of(value: Any) -> int:
    return max(0, number_of(value) or 0)
