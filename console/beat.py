"""The scheduler that keeps time: django-celery-beat's, which also says that it is there."""

from django_celery_beat.schedulers import DatabaseScheduler

from console import presence


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # the package publishes no types
    """Calls out `beat` at each tick, so that the health check knows that time goes on."""

    def tick(self, *args: object, **kwargs: object) -> object:
        presence.note("beat")
        return super().tick(*args, **kwargs)
