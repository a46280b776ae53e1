from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AppConfig):
    name = "console"

    def ready(self) -> None:
        # The Celery application must exist before any room's task is declared or sent.
        from console import celery, logs  # noqa: F401, PLC0415
        from console.signing_in import accounts  # noqa: PLC0415

        logs.configure()
        accounts.listen()


class OpsAdminConfig(AdminConfig):
    """Django's admin, which shows what `console.admin` says and nothing that packages would show by themselves."""

    def ready(self) -> None:
        super().ready()
        from console.admin import register  # noqa: PLC0415  # every package has registered its models only now

        register()
