"""The first organization of an instance, made by whoever has the link that was printed where Callboard was started."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from console.access import Role
from console.errors import Conflict, Invalid, NotFound, Problem
from console.models import Membership, Organization, SetUpLink, User
from console.services.invitations import LONGEST_NAME, email_problems
from console.services.people import organization_create
from console.signing_in.auth import new_secret, secret_hash
from console.signing_in.passwords import password_problems
from console.storable import unstorable

SET_UP_LIFETIME = timedelta(hours=24)
_LONGEST_SLUG = 63


class SetUpInvalid(Invalid):
    code = "set_up_invalid"


def set_up_link_create() -> str:
    """Return the secret of a new link to the set-up. It takes the place of earlier ones; raise Conflict once set up."""
    if Organization.objects.exists():
        raise Conflict("Callboard is set up already. callboard user create adds people.")
    secret = new_secret()
    SetUpLink.objects.all().delete()
    SetUpLink.objects.create(token_hash=secret_hash(secret), expires_at=timezone.now() + SET_UP_LIFETIME)
    return secret


def ensure_set_up_open(secret: str) -> None:
    """Raise NotFound unless the link is the present one and nothing was set up yet."""
    is_open = SetUpLink.objects.filter(token_hash=secret_hash(secret), expires_at__gt=timezone.now()).exists()
    if not is_open or Organization.objects.exists():
        raise NotFound("This set-up link is used up or too old. callboard set-up prints a new one.")


@transaction.atomic
def set_up(*, secret: str, organization: str, name: str, email: str, password: str) -> User:
    """Make the first organization and its admin, who is the superuser too, and use the link up."""
    # Whoever comes second waits here, and then finds the link gone.
    list(SetUpLink.objects.select_for_update())
    ensure_set_up_open(secret)
    organization, name, email = organization.strip(), name.strip(), email.strip().lower()
    problems = _problems(organization, name, email, password)
    if problems:
        raise SetUpInvalid.of(problems)
    made = organization_create(slug=slugify(organization)[:_LONGEST_SLUG].strip("-_") or "main", name=organization)
    admin = User.objects.create_superuser(email, password, name=name)
    Membership.objects.create(user=admin, organization=made, role=Role.ORG_ADMIN)
    SetUpLink.objects.all().delete()
    return admin


def _problems(organization: str, name: str, email: str, password: str) -> list[Problem]:
    named = {"organization": organization, "name": name}
    long = [Problem(f"Use 1 to {LONGEST_NAME} characters.", key) for key, text in named.items() if not _fits(text)]
    weak = password_problems(password, User(email=email, name=name))
    taken = [Problem("There is an account for this address already.", "email")] * User.objects.filter(
        email=email
    ).exists()
    return [*long, *unstorable(named), *email_problems(email), *taken, *weak]


def _fits(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_NAME
