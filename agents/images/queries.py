"""Reads of images. Each starts from what the actor may see."""

from django.db.models import QuerySet

from agents.images.digests import digest_of
from agents.models import Agent, AgentImage, ImageState
from console.access import Actor
from console.ids import from_public


def images_for(actor: Actor) -> "QuerySet[AgentImage]":
    rows: QuerySet[AgentImage] = AgentImage.objects.visible_to(actor)
    return rows.select_related("agent")


def image_of_agent(actor: Actor, agent: Agent) -> AgentImage | None:
    """Return the image of an agent's draft as far as there is one; None also for an agent on the default image."""
    return _image_of_body(actor, str(agent.draft.get("dockerfile", "")))


def published_image_of_agent(actor: Actor, agent: Agent) -> AgentImage | None:
    """Return the image that runs take, that of the latest version."""
    return _image_of_body(actor, str(agent.latest.spec.get("dockerfile", "")) if agent.latest else "")


def is_being_built(public_id: str, build: str) -> bool:
    """Say whether a worker is at a certain build of an image: what else it left on its machine can go."""
    key = from_public(AgentImage.ID_PREFIX, public_id)
    if key is None or not build.isdecimal():
        return False
    rows = AgentImage.objects.filter(pk=key, state=ImageState.BUILDING, build=int(build))
    return bool(rows.exists())


def _image_of_body(actor: Actor, body: str) -> AgentImage | None:
    return images_for(actor).filter(digest=digest_of(body)).first() if body else None
