"""Sessions of browsers, in the database: Django's session engine, with an end that cookies can't put off.

A session ends a fixed time after signing in and after a time without requests, whatever its cookie says, and at once
when its row is deleted: signing out everywhere is a DELETE. The row holds the hash of the key, so that nobody who
reads the database can take a session over.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db.models import QuerySet
from django.utils import timezone

from console.models import BrowserSession

#: How stale `seen_at` may be: writing it on every request would cost every request a write.
SEEN_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 400


class Origin(NamedTuple):
    """Where a browser speaks from, and what it calls itself."""

    address: str | None = None
    user_agent: str = ""


class SessionStore(SessionBase):
    """One session. `origin` is set by the middleware and written when the session begins."""

    origin = Origin()
    _seen_at: datetime | None = None

    def load(self) -> dict[str, Any]:
        row = live_sessions().filter(key_hash=_hash(self.session_key)).first() if self.session_key else None
        if row is None:
            self._session_key = None
            return {}
        self._seen_at = row.seen_at
        return dict(self.decode(row.data))

    def exists(self, session_key: str) -> bool:
        return bool(BrowserSession.objects.filter(key_hash=_hash(session_key)).exists())

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in the stubs
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  # Django calls it so
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        kept = {"data": self.encode(data), "user_id": data.get(SESSION_KEY)}
        if must_create:
            self._begin(kept)
        elif not BrowserSession.objects.filter(key_hash=_hash(self.session_key)).update(**kept):
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            BrowserSession.objects.filter(key_hash=_hash(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        now = timezone.now()
        BrowserSession.objects.exclude(expires_at__gt=now, seen_at__gt=now - _idle()).delete()

    def note_seen(self) -> None:
        """Put the end by idleness off, for a session that was read in this request and not just now noted."""
        now = timezone.now()
        if self._seen_at is not None and self.session_key and now - self._seen_at > SEEN_EVERY:
            self._seen_at = now
            row = BrowserSession.objects.filter(key_hash=_hash(self.session_key))
            row.update(seen_at=now, address=self.origin.address)

    @property
    def key_hash(self) -> str:
        return _hash(self.session_key)

    def _begin(self, kept: dict[str, object]) -> None:
        now = timezone.now()
        BrowserSession.objects.create(
            key_hash=_hash(self.session_key), started_at=now, seen_at=now,
            expires_at=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
            address=self.origin.address, user_agent=self.origin.user_agent[:_LONGEST_AGENT], **kept,
        )  # fmt: skip


def live_sessions() -> "QuerySet[BrowserSession]":
    """Return the sessions that neither their age nor idleness has ended."""
    now = timezone.now()
    return BrowserSession.objects.filter(expires_at__gt=now, seen_at__gt=now - _idle())


def _idle() -> timedelta:
    return timedelta(seconds=settings.CALLBOARD_SESSION_IDLE_SECONDS)


def _hash(key: str | None) -> str:
    """Hash a key. It is random and long, so that a slow hash would gain nothing."""
    return hashlib.sha256(str(key).encode()).hexdigest()
