"""Slows down whoever guesses passwords: each wrong one too many doubles the wait before the next may be tried.

Counted for the account that is tried and for the address that it is tried from, and never locked for good: a lock would
let anybody shut others out. The counts are in Redis; without it nobody is kept from signing in, and the log says so.
"""

import hashlib
import ipaddress
import logging
import time
from typing import NamedTuple

from django.core.cache import cache
from redis.exceptions import RedisError

from console.display.numbers import plural

log = logging.getLogger(__name__)

#: Tries are forgotten when there was none for so long.
FORGOTTEN_AFTER_SECONDS = 3600
FIRST_WAIT_SECONDS = 2
#: Who has one address of version 6 has all of its network.
_NETWORK_BITS = 64


class Limit(NamedTuple):
    """How many wrong tries cost nothing, and the longest that one may have to wait after more of them."""

    free: int
    longest_seconds: int


#: Short enough that nobody is shut out of their account for long by somebody else's guessing.
ACCOUNT = Limit(free=5, longest_seconds=300)
#: Many people may share one address.
ADDRESS = Limit(free=20, longest_seconds=900)


class TooManyTries(Exception):
    """Somebody has to wait before the next try; `seconds` says for how long."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many tries. Try again in {_words(seconds)}.")


def wait_after(tries: int, limit: Limit) -> int:
    """Return the seconds to wait after so many wrong tries in a row."""
    over = tries - limit.free
    return min(limit.longest_seconds, FIRST_WAIT_SECONDS << min(over, 20)) if over >= 0 else 0


class Guard:
    """The tries to get into one account from one address."""

    def __init__(self, account: str, address: str | None) -> None:
        self._keys = [(_key("account", account), ACCOUNT)]
        if address is not None:
            self._keys.append((_key("address", _network(address)), ADDRESS))

    def count(self) -> None:
        """Count a try before it is made, so that many at once are many; raise TooManyTries if it may not be made."""
        try:
            self._refuse_early()
            for key, limit in self._keys:
                self._note(key, limit)
        except RedisError as error:
            log.warning("wrong passwords are not counted at the moment: %s", error)

    def forgive(self) -> None:
        """Take the try back: it was the right one."""
        try:
            (account, _), *others = self._keys
            cache.delete_many([f"{account}:tries", f"{account}:until"])
            for key, _ in others:
                if cache.get(f"{key}:tries"):
                    cache.decr(f"{key}:tries")
        except RedisError as error:
            log.warning("wrong passwords are not counted at the moment: %s", error)

    def _refuse_early(self) -> None:
        until = max(cache.get_many([f"{key}:until" for key, _ in self._keys]).values(), default=0.0)
        if (left := until - time.time()) > 0:
            raise TooManyTries(int(left) + 1)

    @staticmethod
    def _note(key: str, limit: Limit) -> None:
        cache.add(f"{key}:tries", 0, FORGOTTEN_AFTER_SECONDS)
        tries = cache.incr(f"{key}:tries")
        cache.touch(f"{key}:tries", FORGOTTEN_AFTER_SECONDS)
        if wait := wait_after(tries, limit):
            cache.set(f"{key}:until", time.time() + wait, wait)


def _key(kind: str, name: str) -> str:
    """Return a key that does not say whose it is."""
    return f"callboard:tries:{kind}:{hashlib.sha256(name.strip().lower().encode()).hexdigest()}"


def _network(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:  # noqa: PLR2004  # the version's number
        return address
    return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False))


def _words(seconds: int) -> str:
    return plural(seconds, "second") if seconds < 60 else plural(-(-seconds // 60), "minute")  # noqa: PLR2004  # a minute
