"""What to say when a part that everything stands on is away: the database, the broker, or room on the disk.

Whatever was being done was not done: the database takes a change whole or not at all. So it can be repeated.
"""

import errno
from collections.abc import Iterator
from typing import ClassVar

import redis
from django.db import InterfaceError, OperationalError

from console.errors import DomainError, ErrorKind

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
#: PostgreSQL's codes (appendix A of its manual): the disk is full; a class of them for a lost connection, one for
#: a server that stops or starts, and one for having no connection left.
_DISK_FULL = "53100"
_AWAY = ("08", "57P", "53300")


class Degraded(DomainError):
    """A part is away. It comes back by itself or by whoever runs this installation; nothing was changed."""

    kind = ErrorKind.UNAVAILABLE
    sentence: ClassVar[str]
    fix: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.sentence, details={"fix": self.fix})


class DatabaseAway(Degraded):
    code = "database_away"
    sentence = "The database does not answer. It may be starting."
    fix = "Try again in a moment. If it stays away, start PostgreSQL or look at its log."


class BrokerAway(Degraded):
    code = "broker_away"
    sentence = "The broker does not answer. What was started is kept, and goes on when it is back."
    fix = "Try again in a moment. If it stays away, start Redis or Valkey or look at its log."


class StorageFull(Degraded):
    code = "storage_full"
    sentence = "The disk of the server is full. Nothing was stored."
    fix = "Free some space where CALLBOARD_HOME and the database lie, then try again."


def degradation(error: BaseException | None) -> Degraded | None:
    """Return what is away if that is why something failed."""
    return next(filter(None, map(_one, _chain(error))), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _one(error: BaseException) -> Degraded | None:
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return BrokerAway()
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return StorageFull()
    if isinstance(error, InterfaceError | OperationalError):
        state = getattr(error.__cause__, "sqlstate", None)
        if state == _DISK_FULL:
            return StorageFull()
        # Without a code the connection broke or never came about, so nobody could give one.
        return DatabaseAway() if state is None or state.startswith(_AWAY) else None
    return None
