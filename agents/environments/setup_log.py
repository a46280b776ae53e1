"""What is told while an environment is prepared: live, and the end of it where a step fails."""

import codecs
import re
from collections import deque
from collections.abc import Callable

from sandboxes.base import ExecResult, Stream

#: Called with a stream's name and a piece of what was printed.
Put = Callable[[str, str], None]

_TAIL_LINES = 30
_TAIL_CHARACTERS = 4_000
#: What colours a terminal, and moves about in it.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r(?!\n)")


class StepFailed(Exception):
    """A step came to nothing. `name` is the step's, `reason` a sentence, `tail` what was said last."""

    def __init__(self, name: str, reason: str, tail: str = "") -> None:
        self.name = name
        self.reason = reason
        self.tail = tail
        super().__init__(f"{name}: {reason}\n{tail}".strip())


class Output:
    """Passes on what a step prints and keeps its end."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._decoders = {stream.value: codecs.getincrementaldecoder("utf-8")("replace") for stream in Stream}
        self._lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self._rest = ""

    def take(self, stream: str, data: bytes) -> None:
        self.say(self._decoders[stream].decode(data), stream=stream)

    def say(self, text: str, *, stream: str = Stream.STDOUT.value) -> None:
        text = _ESCAPES.sub("", text)
        self._put(stream, text)
        *lines, self._rest = (self._rest + text).split("\n")
        self._lines.extend(line for line in lines if line.strip())

    @property
    def tail(self) -> str:
        """The last lines that were printed."""
        lines = [*self._lines, self._rest] if self._rest.strip() else [*self._lines]
        return "\n".join(lines)[-_TAIL_CHARACTERS:]

    def see(self, name: str, command: str, result: ExecResult) -> None:
        """Raise StepFailed where a command did not end well."""
        if result.is_success:
            return
        reasons = {
            f"{command} took too long and was ended.": result.is_timed_out,
            f"{command} needed more memory than the sandbox has.": result.is_oom_killed,
            f"{command} wrote more than the sandbox's disk holds.": result.is_disk_full,
        }
        reason = next((text for text, is_so in reasons.items() if is_so), "")
        raise StepFailed(name, reason or f"{command} ended with exit code {result.exit_code}.", self.tail)
