import uuid
from typing import ClassVar

from pydantic import JsonValue

from console.errors import Problem
from orchestration.graph import JsonObject, Node
from orchestration.steps.asking import AskingSettings
from orchestration.steps.base import Answer, Answered, Ok, Suspend, Waiting
from orchestration.steps.configured import ConfiguredStep, Settings, ensure_fits, mapped_input, settings_of
from orchestration.steps.people import unknown_people


class HumanSettings(AskingSettings):
    """`options` are what a page offers as answers. Other answers are taken, too."""

    prompt: str = "Human input required."
    options: list[JsonValue] | None = None


class HumanStep(ConfiguredStep):
    """Asks people something. Its output is what they answer."""

    is_pure = True
    settings: ClassVar[type[Settings]] = HumanSettings

    def evaluate(self, node: Node, state: JsonObject) -> Suspend:
        settings = settings_of(HumanSettings, node)
        question: JsonObject = {"type": "human_input", "prompt": settings.prompt, "context": mapped_input(node, state)}
        offered: JsonObject = {} if settings.options is None else {"options": settings.options}
        return Suspend({**question, **offered, **settings.who})

    def woken(self, waiting: Waiting) -> Answer:
        if not isinstance(waiting.wake, Answered):
            raise ValueError("This step waits for the answer of a person.")  # noqa: TRY004  # not a wrong type of ours
        ensure_fits(waiting.node, waiting.wake.output)
        return Ok(waiting.wake.output)

    def references(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:
        return unknown_people(node, organization_id)
