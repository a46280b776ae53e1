"""Steps of a trajectory as rows: what is said of each before it is opened, and how long the whole took."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from console.display.ansi import plain
from console.display.icons import step_word
from console.display.numbers import byte_size, plural
from console.display.options import Option
from sandboxes.trajectories.heads import Head
from sandboxes.trajectories.steps import (
    EditDetail,
    ExceptionDetail,
    FileDetail,
    HttpDetail,
    LogDetail,
    ReadDetail,
    ReasonDetail,
    ReplyDetail,
    SearchDetail,
    ShellDetail,
    Step,
    StepKind,
    ToolDetail,
)

_FILE_WORDS = {"write": "wrote", "append": "appended to", "delete": "deleted", "rename": "renamed", "link": "linked",
               "make_folder": "made folder"}  # fmt: skip


class Told(NamedTuple):
    """What a row says: words, then code, then a second fact. Prose has words in place of the code."""

    what: str
    lead: str = ""
    note: str = ""
    is_prose: bool = False


class StepRow(NamedTuple):
    """One row. A step that is not whole is asked for when it is opened."""

    step: Step
    told: Told
    is_whole: bool

    @property
    def is_failed(self) -> bool:
        return self.step.is_ok is False

    @property
    def command(self) -> str:
        """Return what was run as one would type it."""
        return shlex.join(self.step.detail.argv) if isinstance(self.step.detail, ShellDetail) else ""


def row_of(step: Step, *, is_whole: bool = True) -> StepRow:
    return StepRow(step, told_of(step), is_whole)


def told_of(step: Step) -> Told:
    """Return what is said of a step in one line."""
    told = Told(step.title)
    match step.detail:
        case ShellDetail(exit_code=code, error=error):
            told = Told(step.title, note=error or _exit(code))
        case FileDetail() as file:
            told = Told(file.path, _FILE_WORDS.get(file.action, file.action), _file_note(file))
        case HttpDetail(method=method, url=url, status=status, error=error):
            told = Told(f"{method} {url}", note=error or ("" if status is None else str(status)))
        case ExceptionDetail(type=kind, message=message):
            told = Told(kind, note=_one_line(message))
        case ReadDetail(path=path) | EditDetail(path=path):
            told = Told(path)
        case SearchDetail(pattern=pattern, path=path):
            told = Told(pattern, note=f"in {path}" if path else "")
        case ToolDetail(name=name):
            told = Told(name)
        case LogDetail(text=text) | ReasonDetail(text=text) | ReplyDetail(text=text):
            told = Told(_one_line(text), is_prose=True)
    return told


def span_of(heads: Sequence[Head], turns_ms: float = 0) -> float:
    """Return how long the run's own time axis is, in milliseconds."""
    return max([turns_ms, *(step.started_ms + (step.duration_ms or 0) for step, _ in heads)])


def kinds_of(heads: Iterable[Head], current: str) -> list[Option]:
    """Return the kinds of steps with their numbers, each a view of the list; none where there is only one."""
    counts = Counter(step.kind for step, _ in heads)
    if len(counts) <= 1:
        return []
    every = Option("All", url="?", is_current=not current)
    return [every, *(
        Option(step_word(kind), url=f"?kind={kind}", count=counts[kind], is_current=kind == current)
        for kind in StepKind if kind in counts
    )]  # fmt: skip


def _file_note(file: FileDetail) -> str:
    facts = [
        f"to {file.other_path}" if file.other_path else "",
        "not there" if file.is_missing else "",
        byte_size(file.size) if file.size is not None else "",
        plural(file.times, "time") if file.times > 1 else "",
    ]
    return ", ".join(filter(None, facts))


def _exit(code: int | None) -> str:
    """Say how a command ended, unless it ended well or nobody saw."""
    if code is None or code == 0:
        return ""
    return f"ended by signal {-code}" if code < 0 else f"exit {code}"


def _one_line(text: str) -> str:
    return " ".join(plain(text).split())
