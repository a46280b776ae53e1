"""The one model of a step, whatever saw it: the audit hook, a coding tool's own log, the proxy."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import JsonValue, TypeAdapter

JsonObject = Mapping[str, JsonValue]


class StepKind(StrEnum):
    SHELL = "shell"  #: a process
    FILE = "file"  #: a file written, read, removed or renamed by the agent's own code
    HTTP = "http"  #: a request, or a connection where no more could be seen
    LOG = "log"  #: what was printed
    EXCEPTION = "exception"
    READ = "read"  #: a coding tool looked at a file
    SEARCH = "search"
    EDIT = "edit"  #: a coding tool changed a file
    REASON = "reason"  #: what the model thought
    TOOL = "tool"  #: a call of one of the agent's tools
    REPLY = "reply"  #: what the model said


@dataclass(frozen=True, slots=True)
class ShellDetail:
    """`exit_code` is negative after a signal, and None where the end was not seen; `error` is why it never started."""

    kind: ClassVar[StepKind] = StepKind.SHELL
    argv: list[str]
    cwd: str = ""
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class FileDetail:
    """`action` is read, write, append, delete, rename, link or make_folder.

    `size` (bytes) and `text` (its beginning) are the file's at the end of the run, on the last step that wrote it.
    """

    kind: ClassVar[StepKind] = StepKind.FILE
    action: str
    path: str
    other_path: str = ""
    times: int = 1
    size: int | None = None
    text: str | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class HttpDetail:
    """`status` is None where no answer came or none could be seen. A bare connection has the method CONNECT."""

    kind: ClassVar[StepKind] = StepKind.HTTP
    method: str
    url: str
    status: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class LogDetail:
    kind: ClassVar[StepKind] = StepKind.LOG
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class ExceptionDetail:
    kind: ClassVar[StepKind] = StepKind.EXCEPTION
    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class ReadDetail:
    kind: ClassVar[StepKind] = StepKind.READ
    path: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SearchDetail:
    kind: ClassVar[StepKind] = StepKind.SEARCH
    pattern: str
    path: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class EditDetail:
    """`diff` is in the unified form, where it is known."""

    kind: ClassVar[StepKind] = StepKind.EDIT
    path: str
    diff: str = ""


@dataclass(frozen=True, slots=True)
class ReasonDetail:
    kind: ClassVar[StepKind] = StepKind.REASON
    text: str


@dataclass(frozen=True, slots=True)
class ToolDetail:
    """`ledger_id` names the ledger's row of the call, where it went through the proxy."""

    kind: ClassVar[StepKind] = StepKind.TOOL
    name: str
    arguments: dict[str, JsonValue] = field(default_factory=dict)
    result: str = ""
    ledger_id: str = ""


@dataclass(frozen=True, slots=True)
class ReplyDetail:
    kind: ClassVar[StepKind] = StepKind.REPLY
    text: str


Detail = (
    ShellDetail
    | FileDetail
    | HttpDetail
    | LogDetail
    | ExceptionDetail
    | ReadDetail
    | SearchDetail
    | EditDetail
    | ReasonDetail
    | ToolDetail
    | ReplyDetail
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. Times are milliseconds since the run's start; `is_ok` is None where nobody can say."""

    index: int
    title: str
    detail: Detail
    started_ms: int
    duration_ms: int | None = None
    is_ok: bool | None = None

    @property
    def kind(self) -> StepKind:
        return self.detail.kind


def as_json(step: Step) -> dict[str, JsonValue]:
    """Return `{"index", "kind", "title", "detail", "started_ms", "duration_ms", "ok"}`."""
    return {
        "index": step.index,
        "kind": step.kind.value,
        "title": step.title,
        "detail": asdict(step.detail),
        "started_ms": step.started_ms,
        "duration_ms": step.duration_ms,
        "ok": step.is_ok,
    }


def from_json(value: JsonObject) -> Step:
    """Return the step that `as_json` made this of; raise ValueError when it is none."""
    adapter = _ADAPTERS[StepKind(str(value["kind"]))]
    fields: dict[str, Any] = dict(value)
    return Step(
        index=fields["index"],
        title=fields["title"],
        detail=adapter.validate_python(fields["detail"]),
        started_ms=fields["started_ms"],
        duration_ms=fields["duration_ms"],
        is_ok=fields["ok"],
    )


def all_from_json(values: Iterable[JsonObject]) -> list[Step]:
    return [from_json(value) for value in values]


_DETAILS: tuple[type[Detail], ...] = (
    ShellDetail,
    FileDetail,
    HttpDetail,
    LogDetail,
    ExceptionDetail,
    ReadDetail,
    SearchDetail,
    EditDetail,
    ReasonDetail,
    ToolDetail,
    ReplyDetail,
)
_ADAPTERS: dict[StepKind, TypeAdapter[Detail]] = {detail.kind: TypeAdapter(detail) for detail in _DETAILS}
