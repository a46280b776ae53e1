"""What the kinds share that wait for a person's decision."""

from orchestration.graph import JsonObject

#: Who decided where nobody did in time.
ON_TIME = "the timeout"
LONGEST_COMMENT = 5_000


def decision_in(output: JsonObject, waiting_for: JsonObject) -> str:
    """Return the decision of an answer; raise ValueError, naming the choices, for one that was not offered."""
    options = waiting_for.get("options")
    offered = [str(option) for option in options] if isinstance(options, list) else []
    decision = output.get("decision")
    if decision not in offered:
        raise ValueError(f"Decide one of: {', '.join(offered)}.")
    comment = output.get("comment", "")
    if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        raise ValueError(f"Give the comment as a text of at most {LONGEST_COMMENT:,} characters.")
    return str(decision)
