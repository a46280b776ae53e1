"""The image of an agent: what there is of it, its log, and building it."""

from datetime import datetime

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue

from agents.images.logs import LINES_AT_ONCE, lines_after
from agents.images.queries import image_of_agent
from agents.models import Agent, AgentImage, ImageState
from agents.queries import agents_for
from agents.services.images import image_build, image_build_cancel
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.tenancy import by_public_id

router = Router(tags=["Agents"])

#: The state of an agent that has no Dockerfile.
DEFAULT = "default"
_IMAGE: dict[str, JsonValue] = {
    "id": "img_01K9X4Z7QD8M3V5T2B6N8C1F0A", "state": "ready", "build": 1, "step": 3, "steps": 3,
    "digest": "sha256:841bc1641a22adf1cb64a5e45e36259a02ab4b187c9b499ad6dd4c246456cc26", "size_bytes": 188335965,
    "is_outdated": False, "error": "", "requested_by": "Ada", "requested_at": "2026-03-01T09:00:00Z",
    "started_at": "2026-03-01T09:00:00Z", "finished_at": "2026-03-01T09:00:12Z",
}  # fmt: skip


class ImageBuildIn(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"rebuild": False}})

    rebuild: bool = Field(default=False, description="build it anew although the organization has it")


class ImageOut(Schema):
    """The image of an agent's draft. `default` is the state of an agent without a Dockerfile; the rest is null then."""

    model_config = ConfigDict(json_schema_extra={"example": _IMAGE})

    id: str | None = None
    state: str = Field(description="default, not_built, building, ready or failed")
    build: int = Field(default=0, description="how often it was built; each build has a log of its own")
    step: int = Field(default=0, description="the step of the Dockerfile that is under way, or was last")
    steps: int = 0
    digest: str | None = Field(default=None, description="what runs are pinned to")
    size_bytes: int | None = Field(default=None, description="what it adds to the base image")
    is_outdated: bool = Field(default=False, description="the base image has changed since")
    error: str = Field(default="", description="why there is none")
    requested_by: str = ""
    requested_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class BuildLineOut(Schema):
    line: int
    stream: str = Field(description="stdout or stderr")
    text: str


class BuildLogOut(Schema):
    """Lines of a build's log. `next` is what to give as `after` for those behind them."""

    state: str
    build: int
    lines: list[BuildLineOut]
    next: int


@router.get("/{agent_id}/image", response=ImageOut, summary="Get the image of an agent's draft")
def detail(request: ApiRequest, agent_id: str) -> ImageOut:
    agent = _agent(request, agent_id)
    return _image_out(agent, image_of_agent(request.auth.actor, agent))


@router.post("/{agent_id}/image/build", response={202: ImageOut}, summary="Build the image of an agent's draft")
def build(request: ApiRequest, agent_id: str, data: ImageBuildIn | None = None) -> Status[ImageOut]:
    """An organization builds one image at a time: 409 until that is done. What it has built is not built again."""
    agent = _agent(request, agent_id)
    image = image_build(actor=request.auth.actor, agent=agent, rebuild=data is not None and data.rebuild)
    return Status(202, _image_out(agent, image))


@router.post("/{agent_id}/image/cancel", response=ImageOut, summary="Cancel the build of an agent's image")
def cancel(request: ApiRequest, agent_id: str) -> ImageOut:
    agent = _agent(request, agent_id)
    return _image_out(agent, image_build_cancel(actor=request.auth.actor, agent=agent))


@router.get("/{agent_id}/image/log", response=BuildLogOut, summary="Read the log of an image's last build")
def log(request: ApiRequest, agent_id: str, after: int = 0) -> BuildLogOut:
    """Up to about a thousand lines behind line `after`."""
    agent = _agent(request, agent_id)
    image = image_of_agent(request.auth.actor, agent)
    pieces = lines_after(image, max(0, min(after, 2**31 - 1 - LINES_AT_ONCE))) if image else []
    lines = [
        BuildLineOut(line=number, stream=piece.stream, text=text)
        for piece in pieces
        for number, text in enumerate(piece.lines, start=piece.first)
    ]
    shown = _image_out(agent, image)
    return BuildLogOut(state=shown.state, build=shown.build, lines=lines, next=lines[-1].line if lines else after)


def _image_out(agent: Agent, image: AgentImage | None) -> ImageOut:
    if image is None:
        return ImageOut(state=ImageState.NOT_BUILT if agent.draft.get("dockerfile") else DEFAULT)
    return ImageOut(
        id=image.public_id, state=image.state, build=image.build, step=image.step, steps=image.step_count,
        digest=image.image or None, size_bytes=image.size_bytes, is_outdated=image.is_outdated, error=image.error,
        requested_by=image.requested_by, requested_at=image.requested_at, started_at=image.started_at,
        finished_at=image.finished_at,
    )  # fmt: skip


def _agent(request: ApiRequest, agent_id: str) -> Agent:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    return by_public_id(agents_for(request.auth.actor), agent_id)
