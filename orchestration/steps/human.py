from typing import ClassVar

from pydantic import JsonValue

from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Answered, Ok, Suspend, Waiting
from orchestration.steps.configured import ConfiguredStep, Settings, ensure_fits, mapped_input, settings_of


class HumanSettings(Settings):
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
        return Suspend(question if settings.options is None else {**question, "options": settings.options})

    def woken(self, waiting: Waiting) -> Answer:
        if not isinstance(waiting.wake, Answered):
            raise ValueError("This step waits for the answer of a person.")  # noqa: TRY004  # not a wrong type of ours
        ensure_fits(waiting.node, waiting.wake.output)
        return Ok(waiting.wake.output)
