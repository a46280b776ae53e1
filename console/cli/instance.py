"""The instance of CALLBOARD_HOME, reached from the machine it runs on."""

import os
from datetime import timedelta

from console.cli.ending import stop

_TOKEN_LIFETIME = timedelta(hours=1)


def set_up() -> None:
    """Load Django with the instance's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    os.environ.setdefault("CALLBOARD_LOG_LEVEL", "ERROR")
    import django  # noqa: PLC0415  # only what works on this machine needs it

    django.setup()


def here(org: str = "") -> tuple[str, str]:
    """Return the local instance's address and a token that lives an hour, as an admin of `org` or of the only one."""
    set_up()
    from django.conf import settings  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415

    try:
        return address(), _token(org)
    except OperationalError:
        stop(f"No instance runs in {settings.CALLBOARD_HOME.path}. Start it with make up, or name one with --url.")


def address() -> str:
    """Return where the instance said that it is when it came up. Django must be set up."""
    from django.conf import settings  # noqa: PLC0415

    file = settings.CALLBOARD_HOME.path / "url"
    return file.read_text().strip() if file.exists() else str(settings.CALLBOARD_URL)


def _token(org: str) -> str:
    from console.access import Role  # noqa: PLC0415
    from console.models import Membership  # noqa: PLC0415
    from console.session import actor_of  # noqa: PLC0415
    from console.signing_in.auth import api_token_create  # noqa: PLC0415

    admins = Membership.objects.filter(role=Role.ORG_ADMIN, user__is_active=True).select_related("user", "organization")
    if org:
        admins = admins.filter(organization__slug=org)
    slugs = sorted({admin.organization.slug for admin in admins})
    if len(slugs) != 1:
        named = ", ".join(slugs) or "none"
        stop(f"Name one organization that has an admin with --org. There is: {named}.")
    admin = admins.order_by("created_at")[0]
    return api_token_create(
        actor=actor_of(admin.user, admin.organization_id), user=admin.user, organization=admin.organization,
        name="callboard command line", lifetime=_TOKEN_LIFETIME,
    )  # fmt: skip
