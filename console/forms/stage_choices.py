"""What the selects of the stages editor offer: topics with the models they go to, agents, roles and times."""

from dataclasses import dataclass

from agents.llm.routing import routes_of
from agents.queries import agents_for
from console.access import Actor, Role
from console.forms.builder_choices import Choice
from orchestration.dialects.stages.shapes import MOST_RETRIES, GateDecision, InputType, Requirement

_DECISIONS = {
    GateDecision.APPROVE: "Approve", GateDecision.SKIP: "Skip the next stage", GateDecision.STOP: "Stop the run",
}  # fmt: skip
_REQUIREMENTS = {
    Requirement.REQUIRED: "Required", Requirement.OPTIONAL: "Optional", Requirement.USER_PROMPT: "Asked for, optional",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StageChoices:
    """Everything the editor offers. `topics` are those that a route exists for; others may be typed."""

    topics: list[str]
    agents: list[Choice]
    roles: tuple[Choice, ...] = tuple(
        Choice(role.value, f"{role.label} or higher") for role in Role if role is not Role.VIEWER
    )
    retries: tuple[str, ...] = tuple(str(number) for number in range(1, MOST_RETRIES + 1))
    units: tuple[Choice, ...] = (
        Choice("1", "seconds"), Choice("60", "minutes"), Choice("3600", "hours"), Choice("86400", "days"),
    )  # fmt: skip
    decisions: tuple[Choice, ...] = tuple(Choice(value.value, word) for value, word in _DECISIONS.items())
    kinds: tuple[Choice, ...] = tuple(Choice(kind.value, kind.value.capitalize()) for kind in InputType)
    requirements: tuple[Choice, ...] = tuple(Choice(value.value, word) for value, word in _REQUIREMENTS.items())


def stage_choices(actor: Actor) -> StageChoices:
    agents = agents_for(actor).filter(latest__isnull=False).order_by("name").only("id", "name", "latest__number")
    return StageChoices(
        topics=list(routes_of(actor.organization_id)),
        agents=[
            Choice(agent.public_id, f"{agent.name}, version {agent.latest.number}") for agent in agents if agent.latest
        ],
    )
