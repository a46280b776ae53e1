"""The scheduler that keeps time: django-celery-beat's, which also says that it is there."""

import time

from django_celery_beat.schedulers import DatabaseScheduler

from console.ops import presence

#: How late a change of the schedule may be taken up.
LOOK_SECONDS = 5.0


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # the package publishes no types
    """Calls out `beat` at each tick, so that the health check knows that time goes on."""

    _next_look = 0.0

    def tick(self, *args: object, **kwargs: object) -> object:
        presence.note("beat")
        return super().tick(*args, **kwargs)

    def schedule_changed(self) -> bool:
        """Say whether somebody has changed the schedule. It is asked for twice a tick, and looks now and then."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_SECONDS
        return bool(super().schedule_changed())
