"""The audit trail's URL. It may have been typed or be years old: what does not fit is left aside, not refused."""

from datetime import UTC, date, datetime, time, timedelta

from django.http import QueryDict

from console.audit_trail import ACTIONS, TrailFilters
from console.ids import from_public
from console.models import User

PLATFORM = "callboard"
_LONGEST_TARGET = 200


def filters_in(query: QueryDict) -> TrailFilters:
    """Return what a URL asks for. Days are those of UTC, the last one included."""
    person, action = query.get("person", ""), query.get("action", "")
    since, until = _day(query.get("from", "")), _day(query.get("to", ""))
    return TrailFilters(
        person_id=from_public(User.ID_PREFIX, person),
        by_platform=person == PLATFORM,
        action=action if action in ACTIONS else "",
        target=query.get("target", "").replace("\0", "").strip()[:_LONGEST_TARGET],
        since=datetime.combine(since, time.min, UTC) if since else None,
        until=datetime.combine(until + timedelta(days=1), time.min, UTC) if until else None,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Years that no key of ours can name.
    return day if 1970 < day.year < 9999 else None  # noqa: PLR2004
