"""How an answer is asked for, and what is given up when a provider does not take it."""

from dataclasses import dataclass, replace

from agents.errors import ModelCallFailed

#: What a provider answers to a setting it does not know: bad request, no such route, unprocessable, not implemented.
#: None is the library, which knows it of some models beforehand.
_REFUSING_STATUSES = frozenset({400, 404, 422, 501, None})
_TOOL_WORDS = ("tool", "function call", "function_call", "functions")


@dataclass(frozen=True, slots=True)
class Tuning:
    """`has_tool` asks for an object by a tool that must be called, else by words; None leaves a setting unsaid."""

    has_tool: bool = True
    temperature: float | None = 0
    max_tokens: int | None = None


def tuned_down(tuning: Tuning, failure: ModelCallFailed) -> Tuning | None:
    """Return how to ask instead, where the provider's words say which setting it does not take; else None."""
    if failure.is_retryable or failure.status not in _REFUSING_STATUSES:
        return None
    said = failure.provider_message.lower()
    if tuning.temperature is not None and "temperature" in said:
        return replace(tuning, temperature=None)
    if tuning.max_tokens is not None and "max_tokens" in said:
        return replace(tuning, max_tokens=None)
    if tuning.has_tool and any(word in said for word in _TOOL_WORDS):
        return replace(tuning, has_tool=False)
    return None
