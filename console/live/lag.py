"""How late this web process reads events, from their commit to the moment the sockets are woken."""

from collections.abc import Sequence

from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram

from orchestration.queries import EventRow

LAG = CollectorRegistry()
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SECONDS = Histogram(
    "callboard_socket_lag_seconds", "From an event's commit to its being read for open sockets",
    buckets=_BUCKETS, registry=LAG,
)  # fmt: skip


def note(rows: Sequence[EventRow]) -> None:
    """Take a block of new events into account, by its oldest."""
    _SECONDS.observe(max(0.0, (timezone.now() - rows[0].created_at).total_seconds()))
