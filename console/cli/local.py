"""Commands that act on the instance of this machine directly, before anybody has a token."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from console.cli.ending import stop
from console.cli.instance import address, set_up
from console.errors import DomainError

tokens = typer.Typer(no_args_is_help=True)
organizations = typer.Typer(no_args_is_help=True)
users = typer.Typer(no_args_is_help=True)


@contextmanager
def refusals_told() -> Iterator[None]:
    """End the program with the sentence of what a service refuses."""
    try:
        yield
    except DomainError as error:
        stop(error.message)


@tokens.command("create")
def token_create(
    org: Annotated[str, typer.Option(help="The organization's slug.")],
    user: Annotated[str, typer.Option(help="The e-mail of the person the token acts as.")],
    name: Annotated[str, typer.Option(help="What the token is for.")],
    scope: Annotated[
        str, typer.Option(help="read, run or write: how much of the person's rights it may use.")
    ] = "write",
    days: Annotated[int, typer.Option(min=0, help="When it expires; 0 is never.")] = 0,
) -> None:
    """Print a new API token. It is not shown again."""
    set_up()
    from console.access import Scope  # noqa: PLC0415
    from console.models import Organization, User  # noqa: PLC0415
    from console.session import actor_of  # noqa: PLC0415
    from console.signing_in.auth import api_token_create, is_member  # noqa: PLC0415

    organization = Organization.objects.filter(slug=org).first()
    person = User.objects.filter(email=user.lower()).first()
    if organization is None:
        stop(f"There is no organization {org!r}.")
    if person is None or not is_member(person, organization):
        stop(f"{user} is not a member of {org}.")
    if scope not in set(Scope):
        stop(f"Use one of: {', '.join(Scope)}.")
    print(
        api_token_create(
            actor=actor_of(person, organization.pk), user=person, organization=organization, name=name,
            scope=Scope(scope), lifetime=timedelta(days=days) if days else None,
        )
    )  # fmt: skip


@tokens.command("list")
def token_list(org: Annotated[str, typer.Option(help="The organization's slug.")]) -> None:
    """List an organization's tokens that were not revoked: beginning, owner, scope, last use, expiry, name."""
    set_up()
    from console.models import ApiToken  # noqa: PLC0415

    rows = ApiToken.objects.filter(organization__slug=org, revoked_at=None).select_related("user").order_by("pk")
    for token in rows:
        used = f"used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
        expires = f"expires {token.expires_at:%Y-%m-%d}" if token.expires_at else "never expires"
        print(f"{token.prefix}…\t{token.user.email}\t{token.scope}\t{used}\t{expires}\t{token.name}")


@organizations.command("create")
def org_create(slug: str, name: Annotated[str, typer.Option(help="What people call it.")] = "") -> None:
    """Create an organization with a first project."""
    set_up()
    from console.services.people import organization_create  # noqa: PLC0415

    with refusals_told():
        print(organization_create(slug=slug, name=name or slug).public_id)


@users.command("create")
def user_create(
    email: str,
    org: Annotated[str, typer.Option(help="The organization's slug.")],
    role: Annotated[str, typer.Option(help="org_admin, project_admin_owner, member or viewer.")],
) -> None:
    """Add a person to an organization and print a link that signs them in once."""
    set_up()
    from console.services.people import person_add  # noqa: PLC0415
    from console.signing_in.auth import sign_in_link_create  # noqa: PLC0415

    with refusals_told():
        person = person_add(email=email, org=org, role=role)
        print(f"{address()}/sign-in/link/{sign_in_link_create(user=person)}")


@users.command("forget-factors")
def user_forget_factors(email: str) -> None:
    """Take a person's second factors off, who has lost them all. Their password or link then signs them in alone."""
    set_up()
    from console.models import User  # noqa: PLC0415
    from console.services.people import factors_forget  # noqa: PLC0415

    person = User.objects.filter(email=email.lower()).first()
    if person is None:
        stop(f"There is nobody with the address {email}.")
    print(f"{factors_forget(person=person)} taken off.")


def first_set_up() -> None:
    """Print a link that sets a fresh instance up: its first organization and admin. It works once, within a day."""
    set_up()
    from console.services.first_run import set_up_link_create  # noqa: PLC0415

    with refusals_told():
        print(f"{address()}/set-up/{set_up_link_create()}")
