from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"

    def ready(self) -> None:
        # The Celery application must exist before any room's task is declared or sent.
        from console import accounts, celery, logs  # noqa: F401, PLC0415

        logs.configure()
        accounts.listen()
