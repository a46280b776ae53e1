"""What a status looks like: a tone, a word and an icon. Colour never stands alone.

A verdict and a breakdown never look alike. "Fail" says the work was bad; "Run failed" or "Failed" says the run broke
and was not graded. "Completed" is neutral, for finishing is not success.
"""

from typing import NamedTuple


class Look(NamedTuple):
    """How one status is shown. `tone` names the `cb-tone-…` class."""

    tone: str
    word: str
    icon: str


#: Every status that is shown anywhere, by the name templates use.
LOOKS: dict[str, Look] = {
    "queued": Look("queued", "Queued", "circle-dashed"),
    "running": Look("running", "Running", "loader-2"),
    "waiting": Look("waiting", "Waiting", "hand-stop"),
    "passed": Look("passed", "Passed", "circle-check-filled"),
    "failed": Look("failed", "Failed", "circle-x-filled"),
    "ungraded": Look("ungraded", "Ungraded", "help-circle"),
    "cancelled": Look("cancelled", "Cancelled", "circle-off"),
    "skipped": Look("cancelled", "Skipped", "player-skip-forward"),
    "completed": Look("completed", "Completed", "circle-check"),
    "scheduled": Look("queued", "Scheduled", "clock"),
    "ready": Look("queued", "Queued", "circle-dashed"),
    "paused": Look("waiting", "Waiting", "hand-stop"),
    "lost": Look("cancelled", "Worker lost", "circle-off"),
    # The run broke: same red as a Fail, another icon and other words.
    "broken": Look("failed", "Failed", "alert-circle-filled"),
    "run_failed": Look("failed", "Run failed", "alert-circle-filled"),
    # Of the work.
    "pass": Look("passed", "Pass", "circle-check-filled"),
    "fail": Look("failed", "Fail", "circle-x-filled"),
    # Of the platform.
    "ok": Look("passed", "OK", "circle-check-filled"),
    "warning": Look("waiting", "Warning", "alert-triangle"),
    "error": Look("failed", "Error", "alert-circle-filled"),
    "info": Look("completed", "Note", "info-circle"),
    # Of versions.
    "draft": Look("queued", "Draft", "pencil"),
    "published": Look("completed", "Published", "circle-check"),
}


def look(name: str, word: str | None = None) -> Look:
    """Return a status by name in any case, with another word if one is given; raise KeyError listing the known ones."""
    try:
        found = LOOKS[name.lower()]
    except KeyError:
        raise KeyError(f"There is no status {name!r}; there are {', '.join(LOOKS)}") from None
    return found._replace(word=word) if word else found


def of_run(status: str) -> Look:
    """Return the state of a run alone, for a table that shows the verdict in a column of its own."""
    return look("broken" if status == "failed" else status)


def of_verdict(verdict: str) -> Look | None:
    """Return what was thought of the work; None where nothing was said yet."""
    return look(verdict) if verdict else None


def of_outcome(status: str, verdict: str) -> Look:
    """Return status and verdict as one: the verdict of a run that finished, else the state it is in."""
    if status == "failed":
        return look("run_failed")
    if status == "completed" and verdict:
        return look(verdict)
    return look(status)
