"""Whether the machines of this installation can have images at all."""

from agents.sandbox_definitions.machines import machines
from agents.spec import AgentSpec
from console.errors import Problem
from sandboxes.capabilities import Wish

NO_IMAGES = (
    "An image needs the docker backend, and sandboxes here are bubblewrap's: they show the machine's own programs. "
    "Set CALLBOARD_SANDBOX=docker, or take the default image."
)


def can_have_images() -> bool:
    """Say whether some machine can run images; also where nobody knows what the machines can do."""
    found = machines()
    return not found or any(Wish.IMAGE not in machine.cannot for machine in found)


def image_problems(spec: AgentSpec) -> list[Problem]:
    """Return what keeps an agent from having an image of its own here, whatever is in its Dockerfile."""
    if not spec.dockerfile:
        return []
    if spec.sandbox is not None and spec.sandbox.image:
        text = f"The sandbox definition names the image {spec.sandbox.image}. Take one or the other."
        return [Problem(text, "dockerfile")]
    return [] if can_have_images() else [Problem(NO_IMAGES, "dockerfile")]
