"""What a run has left so far: who decided what, and the newest handoff."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from console.display.node_runs import NodeRun
from orchestration.handoffs import read_handoff
from orchestration.models import Run, StepRun
from orchestration.states import StepStatus

#: The kinds whose outputs are read for it; those of others may be large and say nothing here.
_KINDS = ("stage", "qa", "gate", "approval")


_DECIDED = {
    "approve": "approved", "skip": "skipped the next stage", "stop": "stopped the run", "accept": "accepted the work",
    "retry": "sent the work back", "approved": "approved", "rejected": "rejected",
}  # fmt: skip


class Decision(NamedTuple):
    """What somebody decided at a step."""

    by: str
    words: str
    comment: str
    when: datetime | None


def left_of(run: Run, rows: Sequence[NodeRun]) -> dict[str, object]:
    """Return the decisions that were made, the newest first, and the handoff of the stage that ended last."""
    if not any(row.node.kind in _KINDS for row in rows):
        return {"decisions": [], "handoff": None}
    names = {row.node.id: row.name for row in rows}
    steps = StepRun.objects.filter(run=run, kind__in=_KINDS, finished_at__isnull=False).order_by("-finished_at")
    ended = [(step, step.output) for step in steps.only("node_id", "status", "output", "finished_at")]
    decisions = [made for step, output in ended if (made := _decision(names.get(step.node_id, ""), step, output))]
    for step, output in ended:
        left = output.get("handoff") if isinstance(output, dict) else None
        if step.status == StepStatus.COMPLETED and isinstance(left, dict):
            name = names.get(step.node_id, step.node_id)
            return {"decisions": decisions, "handoff": read_handoff(left), "handoff_from": name}
    return {"decisions": decisions, "handoff": None}


def _decision(name: str, step: StepRun, output: JsonValue) -> Decision | None:
    """Return the decision in the output of a gate, of a guarded call, or of a check that a person decided about."""
    if not isinstance(output, dict):
        return None
    inner = output.get("decided")
    made = inner if isinstance(inner, dict) else output
    decision = made.get("decision")
    if not isinstance(decision, str):
        return None
    by = str(made.get("by") or made.get("resolvedBy") or "Nobody in time")
    return Decision(
        by,
        f"{_DECIDED.get(decision, decision)} at {name}",
        str(made.get("comment") or made.get("reason") or ""),
        step.finished_at,
    )
