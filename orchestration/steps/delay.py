from typing import ClassVar

from console.errors import Problem
from orchestration.durations import Duration, duration_ms
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Due, Ok, Suspend, Waiting
from orchestration.steps.configured import ConfiguredStep, Settings, is_mapped, mapped_input, settings_of


class DelaySettings(Settings):
    """`duration` may also come by the input mapping, under that name."""

    duration: Duration = ""


class DelayStep(ConfiguredStep):
    """Waits for a time. Its output is `{"waited"}`, in milliseconds."""

    is_pure = True
    settings: ClassVar[type[Settings]] = DelaySettings

    def evaluate(self, node: Node, state: JsonObject) -> Ok | Suspend:
        text = mapped_input(node, state).get("duration", settings_of(DelaySettings, node).duration)
        wait_ms = duration_ms(str(text))
        return Suspend({"type": "delay", "wait_ms": wait_ms}, due_ms=wait_ms) if wait_ms else Ok({"waited": 0})

    def woken(self, waiting: Waiting) -> Answer:
        if not isinstance(waiting.wake, Due):
            raise ValueError("This step waits for its time.")  # noqa: TRY004  # not a wrong type of ours
        return Ok({"waited": waiting.waiting_for["wait_ms"]})

    def own_problems(self, node: Node) -> list[Problem]:
        if is_mapped(node, "duration") or node.config.get("duration"):
            return super().own_problems(node)
        return [Problem("Say how long: PT5M, 500ms, 5s, 5m, 2h or 1d.", "duration")]
