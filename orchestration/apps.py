from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrchestrationConfig(AppConfig):
    name = "orchestration"

    def ready(self) -> None:
        post_migrate.connect(_make_partitions, sender=self)


def _make_partitions(**_: object) -> None:
    """Make the months' tables before the first row comes: a month that has rows elsewhere can't be split off."""
    from orchestration.tasks import make_partitions  # noqa: PLC0415  # models are not there when this module is read

    make_partitions()
