"""Turns what the harness sends into steps.

The messages come from inside the sandbox, where the agent may have written them: every field is looked at, nothing is
taken on trust, and what does not fit is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandboxes.trajectories.details import count_of, detail_of, text_of, went_well
from sandboxes.trajectories.steps import Step
from sandboxes.trajectories.titles import title_of

Message = Mapping[str, object]

MAX_STEPS = 6000
_LOG_LIMIT = 16 * 1024


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
            self._put(_Draft("exception", count_of(message.get("at_ms")), dict(message)))
        elif kind == "file_left":
            self._file_left(message)
        elif kind == "dropped":
            self.dropped += count_of(message.get("count"))

    def _put(self, draft: _Draft) -> None:
        if len(self._drafts) < MAX_STEPS:
            self._drafts.append(draft)
        else:
            self.dropped += 1

    def _step(self, message: Message) -> None:
        data = message.get("data")
        draft = _Draft(
            text_of(message.get("kind")),
            count_of(message.get("at_ms")),
            dict(data) if isinstance(data, Mapping) else {},
        )
        self._put(draft)
        self._by_id[text_of(message.get("id"))] = draft
        if draft.kind == "file" and draft.data.get("action") in {"write", "append"}:
            self._writers[text_of(draft.data.get("path"))] = draft

    def _update(self, message: Message) -> None:
        draft, data = self._by_id.get(text_of(message.get("id"))), message.get("data")
        if draft is None or not isinstance(data, Mapping):
            return
        draft.data.update(data)
        if "duration_ms" in data:
            draft.duration_ms = count_of(data["duration_ms"])

    def _log(self, message: Message) -> None:
        """Put consecutive lines of a stream into one step."""
        text, stream = text_of(message.get("text"), _LOG_LIMIT * 4), text_of(message.get("stream"))
        last = self._drafts[-1] if self._drafts else None
        if last is not None and last.kind == "log" and last.data["stream"] == stream:
            so_far = str(last.data["text"])
            if len(so_far) + len(text) <= _LOG_LIMIT:
                last.data["text"] = so_far + text
                return
        for start in range(0, len(text), _LOG_LIMIT):
            part: dict[str, object] = {"stream": stream, "text": text[start : start + _LOG_LIMIT]}
            self._put(_Draft("log", count_of(message.get("at_ms")), part))

    def _file_left(self, message: Message) -> None:
        writer = self._writers.get(text_of(message.get("path")))
        if writer is not None:
            writer.data.update({name: message[name] for name in ("size", "text", "is_missing") if name in message})

    def steps(self) -> tuple[Step, ...]:
        told = _without_connections_of_requests(self._drafts)
        made = [(draft, detail) for draft in told if (detail := detail_of(draft.kind, draft.data)) is not None]
        return tuple(
            Step(index, title_of(detail), detail, draft.at_ms, draft.duration_ms, went_well(detail))
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
        return count_of(draft.data.get("port"))
    scheme, _, rest = text_of(draft.data.get("url")).partition("://")
    _, _, port = rest.partition("/")[0].rpartition(":")
    return int(port) if port.isdigit() else {"http": 80, "https": 443}.get(scheme, -1)
