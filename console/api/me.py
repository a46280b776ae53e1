from ninja import Field, Router, Schema

from console.api.auth import ApiRequest

router = Router(tags=["Me"])


class ProjectOut(Schema):
    id: str
    name: str


class OrganizationOut(Schema):
    id: str
    slug: str
    name: str


class MeOut(Schema):
    """Who the token or session is, and where."""

    id: str
    email: str
    name: str
    organization: OrganizationOut
    project: ProjectOut
    role: str
    scope: str = Field(description="how much of the role the token may use: read, run or write; a session uses all")


@router.get("/me", response=MeOut, summary="Who am I, and where")
def me(request: ApiRequest) -> MeOut:
    place = request.auth
    role = place.actor.role_in(place.project.pk)
    return MeOut(
        id=place.user.public_id, email=place.user.email, name=place.user.name, role=role.value if role else "",
        scope=place.actor.scope,
        organization=OrganizationOut(
            id=place.organization.public_id, slug=place.organization.slug, name=place.organization.name
        ),
        project=ProjectOut(id=place.project.public_id, name=place.project.name),
    )  # fmt: skip


@router.get("/projects", response=list[ProjectOut], summary="The projects you may enter")
def projects(request: ApiRequest) -> list[ProjectOut]:
    own = [project for project in request.auth.projects if project.organization_id == request.auth.organization.pk]
    return [ProjectOut(id=project.public_id, name=project.name) for project in own]
