"""From the engine's events to the open pages.

A worker that has committed something announces that run X has reached event N (`announcer`): a hint, which may be lost,
at most ten a second. Each web process keeps one `hub` a watched run, which reads new events from the database once and
hands the same frame to all its sockets. A socket is a position, a window and a writer (`console/live/consumers.py`).
"""

from console.live.announcer import announce

__all__ = ["announce"]
