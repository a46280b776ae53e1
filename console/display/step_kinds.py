"""The kinds of steps as a person names them, each with its icon."""

from typing import NamedTuple


class KindWord(NamedTuple):
    word: str
    icon: str


_KINDS: dict[str, KindWord] = {
    "agent": KindWord("Agent", "robot"),
    "agent_field": KindWord("Agent field", "robot"),
    "approval": KindWord("Approval", "hand-stop"),
    "await_event": KindWord("Wait for event", "bell"),
    "bash_script": KindWord("Script", "terminal-2"),
    "condition": KindWord("Condition", "route"),
    "delay": KindWord("Delay", "clock"),
    "dispatch_reviewers": KindWord("Reviewers", "users"),
    "emit_event": KindWord("Emit event", "webhook"),
    "gate": KindWord("Gate", "hand-stop"),
    "human": KindWord("Person", "user"),
    "join": KindWord("Join", "git-branch"),
    "knowledge": KindWord("Knowledge", "books"),
    "loop": KindWord("Loop", "stack-2"),
    "memory_write": KindWord("Memory", "database"),
    "poll": KindWord("Poll", "refresh"),
    "prompt_agent": KindWord("Prompt agent", "robot"),
    "qa": KindWord("QA", "scale"),
    "router": KindWord("Router", "route"),
    "stage": KindWord("Stage", "message-2"),
    "sub_orchestration": KindWord("Orchestration", "sitemap"),
    "sub_pipeline": KindWord("Pipeline", "sitemap"),
    "terminal": KindWord("End", "flag"),
    "tool": KindWord("Tool", "tool"),
    "transform": KindWord("Transform", "adjustments"),
    "trigger": KindWord("Trigger", "bolt"),
    "wait_event": KindWord("Wait for event", "bell"),
}


def kind_word(kind: str) -> KindWord:
    """Return a kind's word and icon; one that is not known by name is written as it is."""
    return _KINDS.get(kind) or KindWord(kind.replace("_", " ").capitalize(), "box")
