"""Log lines as HTML, a block for each piece of log: appended whole, so that a page takes a thousand lines a second."""

import json
from collections.abc import Sequence

from django.template.loader import render_to_string

from orchestration.events import EventKind
from orchestration.queries import EventRow


def log_html(events: Sequence[EventRow]) -> str:
    """Return, as JSON text, the HTML that a page appends for the log events among `events`."""
    pieces = [json.loads(event.data) for event in events if event.kind == EventKind.AGENT_LOG]
    return json.dumps(render_to_string("runs/log_append.html", {"pieces": pieces}) if pieces else "")
