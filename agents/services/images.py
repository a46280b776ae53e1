"""Building the images of agents, and wanting a build no more."""

from django.db import IntegrityError, transaction

from agents.images import states
from agents.images.availability import NO_IMAGES, can_have_images
from agents.images.digests import digest_of
from agents.images.errors import BuildUnderWay, ImagesUnavailable, NoBuildUnderWay, NoDockerfile
from agents.images.queries import image_of_agent
from agents.images.waking import wake
from agents.models import Agent, AgentImage, ImageState
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem


def image_build(*, actor: Actor, agent: Agent, rebuild: bool = False) -> AgentImage:
    """Have the image of an agent's draft be built, and return it as it then is.

    One that the organization has built already is taken as it is, unless `rebuild` asks for another or the base image
    has changed. Raise NoDockerfile, ImagesUnavailable, BuildUnderWay while anything of the organization is built.
    """
    require(actor, Permission.EDIT_AGENTS)
    body = str(agent.draft.get("dockerfile", ""))
    if not body:
        raise NoDockerfile(f"{agent.name} runs on the default image. Give it a Dockerfile first.")
    if not can_have_images():
        raise ImagesUnavailable(NO_IMAGES, problems=[Problem(NO_IMAGES, "dockerfile")])
    image, _ = AgentImage.objects.get_or_create(
        organization_id=actor.organization_id, digest=digest_of(body), defaults={"dockerfile": body}
    )
    if image.state == ImageState.READY and not (rebuild or image.is_outdated):
        return image
    return _begin(actor, agent, image, body)


def image_build_cancel(*, actor: Actor, agent: Agent) -> AgentImage:
    """Want the build of an agent's image no more; raise NoBuildUnderWay where there is none."""
    require(actor, Permission.EDIT_AGENTS)
    image = image_of_agent(actor, agent)
    with transaction.atomic():
        if image is None or not states.cancel(image.pk, by=actor.label):
            raise NoBuildUnderWay(f"No image of {agent.name} is being built.")
        audit.record(actor=actor, action="image.cancel", target=agent, before={"image": image.public_id})
    image.refresh_from_db()
    return image


def _begin(actor: Actor, agent: Agent, image: AgentImage, body: str) -> AgentImage:
    """Note that an image is to be built, which at most one of an organization is at a time."""
    try:
        with transaction.atomic():
            began = states.begin(
                image, dockerfile=body, agent_id=agent.pk, requested_by_id=actor.user_id, requested_by=actor.label[:255]
            )
            if not began:
                raise _under_way(actor)
            audit.record(actor=actor, action="image.build", target=agent, after={"image": image.public_id})
            transaction.on_commit(lambda: wake(image.pk))
    except IntegrityError as error:
        if "one_image_build_at_a_time" not in str(error):
            raise
        raise _under_way(actor) from error
    image.refresh_from_db()
    return image


def _under_way(actor: Actor) -> BuildUnderWay:
    rows = AgentImage.objects.visible_to(actor).filter(state=ImageState.BUILDING).select_related("agent")
    image: AgentImage | None = rows.first()
    name = image.agent.name if image and image.agent else "another agent"
    details = {"image": image.public_id, "agent": image.agent.public_id if image.agent else None} if image else {}
    return BuildUnderWay(
        f"The image of {name} is being built, and an organization builds one at a time. Wait until it is done, or "
        "cancel it.",
        details=details,
    )
