"""The root of every error that a user may be told about.

A room's own errors derive from `DomainError`; the console turns any of them into a page or an API answer without
knowing the room.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import ClassVar


class ErrorKind(StrEnum):
    """What sort of refusal an error is; the console gives each its HTTP status."""

    INVALID = "invalid"  #: what was sent can't be used
    MISPLACED = "misplaced"  #: it could be used, but not for what it was sent to
    NOT_FOUND = "not_found"  #: no such thing, or none that the asker may know of
    FORBIDDEN = "forbidden"  #: the asker's role does not allow it
    CONFLICT = "conflict"  #: it does not fit the present state of things
    TOO_LARGE = "too_large"  #: more than a limit allows
    UNAVAILABLE = "unavailable"  #: something needed is not there at the moment


class Problem:
    """One thing wrong with what was sent.

    `path` names the field, outermost first, such as `("fields", 0, "agentConfig", "agent_id")`.
    """

    __slots__ = ("message", "path")

    def __init__(self, message: str, *path: str | int) -> None:
        self.message = message
        self.path = path

    @property
    def dotted_path(self) -> str:
        return ".".join(str(part) for part in self.path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and (self.path, self.message) == (other.path, other.message)

    def __hash__(self) -> int:
        return hash((self.path, self.message))

    def __repr__(self) -> str:
        return f"Problem({self.dotted_path or '-'}: {self.message})"


class DomainError(Exception):
    """An error with a code for programs, a sentence for people and, where it helps, the problems one by one."""

    code: ClassVar[str] = "error"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID

    def __init__(
        self,
        message: str,
        *,
        problems: Sequence[Problem] = (),
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)
        self.details = dict(details or {})


class Invalid(DomainError):
    """What was sent can't be used; `problems` says which parts and why."""

    code = "invalid"

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "Invalid":
        """Build the error whose sentence sums up `problems`, which must not be empty."""
        first = problems[0].message
        rest = len(problems) - 1
        return cls(first if rest == 0 else f"{first} And {rest} more.", problems=problems)


class NotFound(DomainError):
    """There is no such thing, or none that the asker may know of: the two look alike on purpose."""

    code = "not_found"
    kind = ErrorKind.NOT_FOUND


class Conflict(DomainError):
    code = "conflict"
    kind = ErrorKind.CONFLICT


class NotAllowed(DomainError):
    code = "forbidden"
    kind = ErrorKind.FORBIDDEN


class TooLarge(DomainError):
    code = "too_large"
    kind = ErrorKind.TOO_LARGE


class Unavailable(DomainError):
    code = "unavailable"
    kind = ErrorKind.UNAVAILABLE
