"""A trajectory in few words, for a judge to read. All of it is text that the agent may have written."""

from collections.abc import Sequence

from sandboxes.trajectories.steps import (
    Detail,
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
    ToolDetail,
)

DEFAULT_LIMIT = 12_000
_EXCERPT_LIMIT = 600
_LEAST_EXCERPT = 80
_MS_PER_SECOND = 1000


def summarize(steps: Sequence[Step], *, limit: int = DEFAULT_LIMIT) -> str:
    """Return at most `limit` characters: a line for each step, with as much of what it printed as there is room for.

    Where even the lines are too many, those in the middle are left out: how a run begins and ends says most.
    """
    excerpt = _EXCERPT_LIMIT
    while excerpt >= _LEAST_EXCERPT:
        text = "\n".join(_entry(step, excerpt) for step in steps)
        if len(text) <= limit:
            return text
        excerpt //= 2
    return _ends_of([_entry(step, 0) for step in steps], limit)


def _entry(step: Step, excerpt: int) -> str:
    said = _said(step.detail)
    line = f"{step.index + 1}. +{step.started_ms / _MS_PER_SECOND:.1f}s {step.kind}: {step.title}{_ending(step)}"
    if not excerpt or not said.strip():
        return line
    return f"{line}\n{_indented(_excerpt(said.strip(), excerpt))}"


def _ending(step: Step) -> str:
    match step.detail:
        case ShellDetail(error=error) if error:
            return f" [could not start: {error}]"
        case ShellDetail(exit_code=code) if code is not None:
            return f" [exit {code}]"
        case HttpDetail(error=error) if error:
            return f" [{error}]"
        case FileDetail(size=size) if size is not None:
            return f" [{size:,} bytes in the end]"
        case _:
            return ""


def _said(detail: Detail) -> str:
    match detail:
        case ShellDetail():
            return "\n".join(part for part in (detail.stdout, detail.stderr) if part)
        case FileDetail(text=text):
            return text or ""
        case ExceptionDetail(traceback=text) | ToolDetail(result=text) | EditDetail(diff=text):
            return text
        case LogDetail(text=text) | ReasonDetail(text=text) | ReplyDetail(text=text):
            return text
        case ReadDetail(text=text) | SearchDetail(text=text):
            return text
        case _:
            return ""


def _excerpt(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} […] {text[-half:]}"


def _indented(text: str) -> str:
    return "\n".join(f"   | {line}" for line in text.splitlines())


def _ends_of(lines: list[str], limit: int) -> str:
    head, tail = 0, len(lines)
    used = len(_gap(len(lines)))
    while head < tail:
        line = lines[head] if head <= len(lines) - tail else lines[tail - 1]
        used += len(line) + 1
        if used > limit:
            break
        if head <= len(lines) - tail:
            head += 1
        else:
            tail -= 1
    return "\n".join([*lines[:head], _gap(tail - head), *lines[tail:]])


def _gap(count: int) -> str:
    return f"[{count} steps left out]"
