"""What a fresh instance holds, so that there is something to look at: an agent, a pipeline and three graded tasks."""

from collections.abc import Callable

from django.db import transaction

from console.access import Role
from console.models import Membership, Organization, Project, User

SLUG = "demo"
EMAIL = "admin@example.com"


def ensure(say: Callable[[str], None]) -> None:
    """Create the demo organization on an empty database; leave any other alone."""
    if Organization.objects.exists():
        return
    say("Creating the demo organization.")
    with transaction.atomic():
        organization = Organization.objects.create(slug=SLUG, name="Demo")
        Project.objects.create(organization=organization, name="First project")
        user = User.objects.create_user(EMAIL, name="Demo admin", is_staff=True, is_superuser=True)
        Membership.objects.create(user=user, organization=organization, role=Role.ORG_ADMIN)
