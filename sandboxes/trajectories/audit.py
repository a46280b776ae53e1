"""Turns what the harness sends into steps.

The messages come from inside the sandbox, where the agent may have written them: every field is looked at, nothing is
taken on trust, and what does not fit is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandboxes.trajectories.steps import Detail, ExceptionDetail, FileDetail, HttpDetail, LogDetail, ShellDetail, Step
from sandboxes.trajectories.titles import title_of

Message = Mapping[str, object]

MAX_STEPS = 6000
TEXT_LIMIT = 33_000
_LOG_LIMIT = 16 * 1024
_MAX_ARGUMENTS = 200


@dataclass
class _Draft:
    """A step whose end may still be told."""

    kind: str
    at_ms: int
    data: dict[str, object]
    duration_ms: int | None = None


@dataclass
class AuditSteps:
    """Takes messages as they come; `steps()` is what they make so far."""

    _drafts: list[_Draft] = field(default_factory=list)
    _by_id: dict[str, _Draft] = field(default_factory=dict)
    _writers: dict[str, _Draft] = field(default_factory=dict)
    dropped: int = 0

    def add(self, message: Message) -> None:
        kind = message.get("type")
        if kind == "step":
            self._step(message)
        elif kind == "update":
            self._update(message)
        elif kind == "log":
            self._log(message)
        elif kind == "exception":
            self._put(_Draft("exception", _count(message.get("at_ms")), dict(message)))
        elif kind == "file_left":
            self._file_left(message)
        elif kind == "dropped":
            self.dropped += _count(message.get("count"))

    def _put(self, draft: _Draft) -> None:
        if len(self._drafts) < MAX_STEPS:
            self._drafts.append(draft)
        else:
            self.dropped += 1

    def _step(self, message: Message) -> None:
        data = message.get("data")
        draft = _Draft(
            _text(message.get("kind")), _count(message.get("at_ms")), dict(data) if isinstance(data, Mapping) else {}
        )
        self._put(draft)
        self._by_id[_text(message.get("id"))] = draft
        if draft.kind == "file" and draft.data.get("action") in {"write", "append"}:
            self._writers[_text(draft.data.get("path"))] = draft

    def _update(self, message: Message) -> None:
        draft, data = self._by_id.get(_text(message.get("id"))), message.get("data")
        if draft is None or not isinstance(data, Mapping):
            return
        draft.data.update(data)
        if "duration_ms" in data:
            draft.duration_ms = _count(data["duration_ms"])

    def _log(self, message: Message) -> None:
        """Put consecutive lines of a stream into one step."""
        text, stream = _text(message.get("text"), _LOG_LIMIT * 4), _text(message.get("stream"))
        last = self._drafts[-1] if self._drafts else None
        if last is not None and last.kind == "log" and last.data["stream"] == stream:
            so_far = str(last.data["text"])
            if len(so_far) + len(text) <= _LOG_LIMIT:
                last.data["text"] = so_far + text
                return
        for start in range(0, len(text), _LOG_LIMIT):
            part: dict[str, object] = {"stream": stream, "text": text[start : start + _LOG_LIMIT]}
            self._put(_Draft("log", _count(message.get("at_ms")), part))

    def _file_left(self, message: Message) -> None:
        writer = self._writers.get(_text(message.get("path")))
        if writer is not None:
            writer.data.update({name: message[name] for name in ("size", "text", "is_missing") if name in message})

    def steps(self) -> tuple[Step, ...]:
        told = _without_connections_of_requests(self._drafts)
        made = [(draft, detail) for draft in told if (detail := _detail(draft)) is not None]
        return tuple(
            Step(index, title_of(detail), detail, draft.at_ms, draft.duration_ms, _is_ok(detail))
            for index, (draft, detail) in enumerate(made)
        )


def steps_from(messages: Iterable[Message]) -> tuple[Step, ...]:
    taken = AuditSteps()
    for message in messages:
        taken.add(message)
    return taken.steps()


def _without_connections_of_requests(drafts: list[_Draft]) -> list[_Draft]:
    """Leave out the connection that a request made for itself: it is told beside the request, on the same port."""
    acts = [draft for draft in drafts if draft.kind != "log"]
    hidden: set[int] = set()
    for before, draft, after in zip([None, *acts], acts, [*acts[1:], None], strict=False):
        if draft.kind != "connect":
            continue
        ports = {
            _port(near) for near in (before, after) if near is not None and (near.kind == "http" or id(near) in hidden)
        }
        if _port(draft) in ports:
            hidden.add(id(draft))
    return [draft for draft in drafts if id(draft) not in hidden]


def _port(draft: _Draft) -> int:
    if draft.kind == "connect":
        return _count(draft.data.get("port"))
    scheme, _, rest = _text(draft.data.get("url")).partition("://")
    _, _, port = rest.partition("/")[0].rpartition(":")
    return int(port) if port.isdigit() else {"http": 80, "https": 443}.get(scheme, -1)


def _detail(draft: _Draft) -> Detail | None:
    make = _DETAILS.get(draft.kind)
    return None if make is None else make(draft.data)


def _shell(data: Mapping[str, object]) -> ShellDetail:
    argv = data.get("argv")
    return ShellDetail(
        argv=[_text(part) for part in argv[:_MAX_ARGUMENTS]] if isinstance(argv, list) else [],
        cwd=_text(data.get("cwd")),
        exit_code=_number(data.get("exit_code")),
        stdout=_text(data.get("stdout")),
        stderr=_text(data.get("stderr")),
        error=_text(data.get("error")),
    )


def _file(data: Mapping[str, object]) -> FileDetail:
    text = data.get("text")
    return FileDetail(
        action=_text(data.get("action"), 20),
        path=_text(data.get("path")),
        other_path=_text(data.get("other_path")),
        times=max(1, _count(data.get("times"))),
        size=_number(data.get("size")),
        text=_text(text) if text is not None else None,
        is_missing=data.get("is_missing") is True,
    )


def _request(data: Mapping[str, object]) -> HttpDetail:
    status = _number(data.get("status"))
    return HttpDetail(_text(data.get("method"), 20), _text(data.get("url")), status, _text(data.get("error")))


def _connection(data: Mapping[str, object]) -> HttpDetail:
    return HttpDetail("CONNECT", f"{_text(data.get('host'), 300)}:{_count(data.get('port'))}")


def _log(data: Mapping[str, object]) -> LogDetail:
    return LogDetail(_text(data.get("stream"), 20), _text(data.get("text")))


def _exception(data: Mapping[str, object]) -> ExceptionDetail:
    return ExceptionDetail(_text(data.get("type_name")), _text(data.get("message")), _text(data.get("traceback")))


_DETAILS: Mapping[str, Callable[[Mapping[str, object]], Detail]] = {
    "process": _shell,
    "file": _file,
    "http": _request,
    "connect": _connection,
    "log": _log,
    "exception": _exception,
}


def _is_ok(detail: Detail) -> bool | None:
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


def _text(value: Any, limit: int = TEXT_LIMIT) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else None


def _count(value: Any) -> int:
    return max(0, _number(value) or 0)
