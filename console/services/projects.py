from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from console import audit
from console.access import Actor, Permission, require
from console.errors import Conflict, Invalid, Problem
from console.models import Project
from console.storable import unstorable
from orchestration.services.presets import presets_install

LONGEST_NAME = 255


class ProjectInvalid(Invalid):
    code = "project_invalid"


class ProjectNameTaken(Conflict):
    code = "project_name_taken"


def projects_for(actor: Actor) -> "QuerySet[Project]":
    """Return the projects of the actor's organization."""
    return Project.objects.filter(organization_id=actor.organization_id).order_by("created_at", "pk")


@transaction.atomic
def project_create(*, actor: Actor, name: str) -> Project:
    require(actor, Permission.MANAGE_ORGANIZATION)
    project = Project(organization_id=actor.organization_id, name=_checked(name))
    _save(project)
    audit.record(actor=actor, action="project.create", target=project, after={"name": project.name})
    presets_install(actor=Actor.platform(actor.organization_id), project=project)
    return project


@transaction.atomic
def project_rename(*, actor: Actor, project: Project, name: str) -> None:
    """Give a project another name. Its id, which programs use, stays."""
    require(actor, Permission.MANAGE_ORGANIZATION)
    before = project.name
    project.name = _checked(name)
    _save(project)
    audit.record(
        actor=actor, action="project.rename", target=project, before={"name": before}, after={"name": project.name}
    )


def _checked(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ProjectInvalid.of([Problem(f"Give the project a name of at most {LONGEST_NAME} characters.", "name")])
    if problems := list(unstorable({"name": name})):
        raise ProjectInvalid.of(problems)
    return name


def _save(project: Project) -> None:
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:
        raise ProjectNameTaken(
            f"There is a project named {project.name!r} already.",
            problems=[Problem("This name is taken in this organization.", "name")],
        ) from error
