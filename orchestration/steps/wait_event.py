from typing import Annotated, ClassVar

from pydantic import StringConstraints

from orchestration.durations import Duration, duration_ms
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Arrived, Due, EventKey, Ok, Suspend, Waiting
from orchestration.steps.configured import ConfiguredStep, Settings, ensure_fits, mapped_input, settings_of

EventName = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class WaitEventSettings(Settings):
    """`key` is the correlation key that the event must carry; it may also come by the input mapping."""

    event_type: EventName
    key: Annotated[str, StringConstraints(max_length=255)] = ""
    timeout_after: Duration = ""


class WaitEventStep(ConfiguredStep):
    """Waits for an event from outside. Its output is the event's payload."""

    is_pure = True
    settings: ClassVar[type[Settings]] = WaitEventSettings

    def evaluate(self, node: Node, state: JsonObject) -> Suspend:
        settings = settings_of(WaitEventSettings, node)
        event = EventKey(settings.event_type, event_key(node, state, settings.key))
        due_ms = duration_ms(settings.timeout_after) if settings.timeout_after else None
        return Suspend({"type": "event", "name": event.name, "key": event.key}, due_ms=due_ms, event=event)

    def woken(self, waiting: Waiting) -> Answer:
        match waiting.wake:
            case Arrived(payload):
                output: JsonObject = payload if isinstance(payload, dict) else {"result": payload}
                ensure_fits(waiting.node, output)
                return Ok(output)
            case Due():
                raise ValueError(f"The event {waiting.waiting_for['name']} did not come in time.")
            case _:
                raise ValueError("This step waits for an event.")


def event_key(node: Node, state: JsonObject, written: str) -> str:
    """Return the correlation key, as it is mapped or written; numbers are written out."""
    mapped = mapped_input(node, state).get("key")
    return written if mapped is None else str(mapped)
