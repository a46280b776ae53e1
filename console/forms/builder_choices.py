"""What the Pipeline Builder's selects offer: the organization's agents and the models that may judge."""

from dataclasses import dataclass
from typing import NamedTuple

from agents.llm.catalogue import RULES, defaults_of, resolve_model
from agents.queries import agents_for, model_endpoints_for
from console.access import Actor
from orchestration.dialects.fields import FieldMode


class Choice(NamedTuple):
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class BuilderChoices:
    """Everything a select of the form offers. Drafts of agents are shown apart: they can't be dispatched."""

    agents: list[Choice]
    drafts: list[Choice]
    judges: list[Choice]
    modes: tuple[Choice, ...]
    has_default_judge: bool

    @property
    def agent_ids(self) -> set[str]:
        return {choice.value for choice in (*self.agents, *self.drafts)}

    @property
    def judge_labels(self) -> dict[str, str]:
        return dict(self.judges)


MODES = (
    Choice(FieldMode.AGENT.value, "Agent"),
    Choice(FieldMode.COLUMN.value, "Column of the CSV"),
    Choice(FieldMode.STATIC.value, "Fixed text"),
)
RULES_LABEL = "Rules, no model"


def builder_choices(actor: Actor) -> BuilderChoices:
    agents = agents_for(actor).order_by("name").only("id", "name", "latest__number")
    default = resolve_model(actor.organization_id, defaults_of(actor.organization_id).judge)
    default_label = "none set" if default is None else RULES_LABEL if default.is_rules else default.label
    return BuilderChoices(
        agents=[Choice(agent.public_id, f"{agent.name}, version {agent.latest.number}") for agent in agents
                if agent.latest],
        drafts=[Choice(agent.public_id, agent.name) for agent in agents if agent.latest is None],
        judges=[
            Choice("", f"Organization default: {default_label}"),
            Choice(RULES, RULES_LABEL),
            *(Choice(endpoint.public_id, endpoint.display_name) for endpoint in model_endpoints_for(actor)),
        ],
        modes=MODES,
        has_default_judge=default is not None,
    )  # fmt: skip
