"""What of a seed reaches the agent."""

from pydantic import JsonValue

from evaluation.seeding.freeze import Seed


def envelope(axes: Seed) -> dict[str, JsonValue]:
    """Return the agent's input: what it is asked, and the row's other columns.

    How the tools behave, what they start from, what fails and what is expected stay with the platform and the judge.
    """
    shown: dict[str, JsonValue] = {"user_instruction": axes.get("user_instruction", "")}
    if "columns" in axes:
        shown["columns"] = axes["columns"]
    return shown
