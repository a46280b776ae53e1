"""JSON Schema 2020-12 as `agents.schemas` checks it, which agents and tools of the room below need, too."""

from agents.schemas import MOST_PROBLEMS, schema_problems, value_problems

__all__ = ["MOST_PROBLEMS", "schema_problems", "value_problems"]
