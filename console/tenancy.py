"""Rows belong to an organization, and reads start from it.

Every model of every room derives from `OrgOwned` or `ProjectOwned`, so that no row is without an owner and no query
has to remember the owner: `Agent.objects.visible_to(actor)`.
"""

import uuid
from typing import Any, ClassVar, Protocol, Self, TypeVar

from django.db import models

from console.access import Actor
from console.errors import NotFound
from console.ids import from_public, new_id, to_public


class InOrganization(Protocol):
    """A row that belongs to an organization, such as a project, as lower rooms know it."""

    pk: uuid.UUID
    organization_id: uuid.UUID


def ensure_owned(actor: Actor, row: InOrganization) -> None:
    """Raise NotFound for a row of another organization: to the actor it does not exist."""
    if row.organization_id != actor.organization_id:
        raise NotFound("There is no such thing here.")


class OrgOwnedQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        """Return the rows of the actor's organization that the actor may see."""
        return self.filter(organization_id=actor.organization_id)


class ProjectOwnedQuerySet(OrgOwnedQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        rows = super().visible_to(actor)
        return rows if actor.sees_every_project else rows.filter(project_id__in=actor.project_ids)


class Identified(models.Model):
    """A row with a time-sortable key and a public id made from it."""

    ID_PREFIX: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        return to_public(self.ID_PREFIX, self.pk)


Row = TypeVar("Row", bound=Identified)


def by_public_id(rows: models.QuerySet[Row], public_id: str) -> Row:
    """Return the row of a public id among `rows`; raise NotFound where there is none."""
    key = from_public(rows.model.ID_PREFIX, public_id)
    row = rows.filter(pk=key).first() if key is not None else None
    if row is None:
        raise NotFound(f"There is no {rows.model._meta.verbose_name} {public_id!r} here.")  # noqa: SLF001  # documented
    return row


class OrgOwned(Identified):
    organization = models.ForeignKey("console.Organization", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = OrgOwnedQuerySet.as_manager()

    organization_id: uuid.UUID

    class Meta:
        abstract = True


class ProjectOwned(OrgOwned):
    project = models.ForeignKey("console.Project", on_delete=models.CASCADE, related_name="+")

    objects: ClassVar[Any] = ProjectOwnedQuerySet.as_manager()

    project_id: uuid.UUID

    class Meta:
        abstract = True
