"""The organization and its projects."""

from ninja import Router, Schema, Status
from pydantic import ConfigDict

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.me import OrganizationOut, ProjectOut, organization_out, project_out
from console.errors import NotFound
from console.organizations import organization_rename
from console.services.projects import project_create, project_rename, projects_for
from console.tenancy import by_public_id

router = Router(tags=["Organization"])


class NameIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Larkfield"}})

    name: str


@router.get("/organization", response=OrganizationOut, summary="Get the organization")
def organization(request: ApiRequest) -> OrganizationOut:
    return organization_out(request.auth.organization)


@router.put("/organization", response=OrganizationOut, summary="Rename the organization")
def rename(request: ApiRequest, data: NameIn) -> OrganizationOut:
    """Its slug, which programs use, stays."""
    found = request.auth.organization
    organization_rename(actor=request.auth.actor, organization=found, name=data.name)
    return organization_out(found)


@router.get("/projects", response=list[ProjectOut], summary="List the projects you may enter")
def projects(request: ApiRequest) -> list[ProjectOut]:
    return _own(request)


@router.post("/projects", response={201: ProjectOut}, summary="Create a project")
def create_project(request: ApiRequest, data: NameIn) -> Status[ProjectOut]:
    return Status(201, project_out(project_create(actor=request.auth.actor, name=data.name)))


@router.get("/projects/{project_id}", response=ProjectOut, summary="Get a project")
def project(request: ApiRequest, project_id: str) -> ProjectOut:
    found = next((own for own in _own(request) if own.id == project_id), None)
    if found is None:
        raise NotFound(f"There is no project {project_id!r} here.")
    return found


@router.put("/projects/{project_id}", response=ProjectOut, summary="Rename a project")
def rename_project(request: ApiRequest, project_id: str, data: NameIn) -> ProjectOut:
    """Its id, which programs use, stays."""
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    found = by_public_id(projects_for(request.auth.actor), project_id)
    project_rename(actor=request.auth.actor, project=found, name=data.name)
    return project_out(found)


def _own(request: ApiRequest) -> list[ProjectOut]:
    here = request.auth.organization.pk
    return [project_out(project) for project in request.auth.projects if project.organization_id == here]
