from pydantic import JsonValue

from agents.llm.instances import Filler, NoInstance, instance_of
from agents.models import Tool
from agents.tools.templates import names_in


def example_input(tool: Tool) -> dict[str, JsonValue]:
    """Return an input to begin with: what the schema requires, and what the placeholders name."""
    named: dict[str, JsonValue] = dict.fromkeys(sorted(names_in(tool.url, tool.body)), "…")
    try:
        made = instance_of({"type": "object", **(tool.input_schema or {})}, Filler("…"))
    except NoInstance:
        return named
    return {**named, **made} if isinstance(made, dict) else named
