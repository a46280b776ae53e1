"""Who is told that a step waits: those who may answer it."""

from django.db.models import Q

from console.access import Permission, Role, roles_that_may
from console.models import Membership, NotificationChoice, User
from orchestration.deciding import Deciders
from orchestration.models import Run


def people_for(run: Run, deciders: Deciders) -> list[User]:
    """Return the people who may decide about a run, each once, in one query."""
    rows = (
        Membership.objects.filter(
            organization_id=run.organization_id, user__is_active=True, role__in=roles_that_may(Permission.RUN)
        )
        .filter(Q(project=None) | Q(project_id=run.project_id))
        .select_related("user")
        .order_by("user_id")
    )
    return list({row.user_id: row.user for row in rows if _may(row, deciders)}.values())


def without_mail(run: Run, people: list[User]) -> set[object]:
    """Return the keys of those among `people` who do not want mails from this organization."""
    choices = NotificationChoice.objects.filter(organization_id=run.organization_id, user__in=people, by_email=False)
    return set(choices.values_list("user_id", flat=True))


def _may(row: Membership, deciders: Deciders) -> bool:
    if not deciders.are_named:
        return True
    return deciders.include(role=Role(row.role), user_id=row.user.pk, email=row.user.email)
