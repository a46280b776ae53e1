from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.embedded import up
from console.embedded.errors import CannotStart


class Command(BaseCommand):
    help = "Starts everything on this machine: database, broker, web, workers and scheduler, until Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            up.run(self._say)
        except CannotStart as error:
            raise CommandError(str(error)) from error

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
