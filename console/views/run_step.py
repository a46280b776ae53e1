"""One step of a run, time through by time through: what it was given, what it gave, and what was said to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from agents.models import AgentRun
from agents.queries import agent_runs_for
from console.display.node_runs import NodeRun
from console.display.pipeline_runs import RunRow, run_rows
from console.live.log_blocks import blocks_of, piece_of
from console.session import PlacedRequest
from orchestration.fold import step_input
from orchestration.graph import Graph, JsonObject
from orchestration.handoffs import Handoff, read_handoff
from orchestration.log_events import step_log_events
from orchestration.models import Run, StepRun
from orchestration.queries import runs_for
from orchestration.states import StepStatus
from orchestration.views import graph_of, read_view

_CHILDREN_SHOWN = 200
#: Events of a step's own log that are shown, the last ones; each holds up to a few hundred lines.
_LOG_EVENTS = 50


@dataclass(frozen=True, slots=True)
class Generation:
    """One time through a step: its attempts, the last of which counts, and why it was run again."""

    number: int
    attempts: list[StepRun]
    output: JsonValue
    handoff: Handoff | None
    feedback: JsonValue = None
    agent_runs: list[AgentRun] = field(default_factory=list)

    @property
    def last(self) -> StepRun:
        return self.attempts[-1]

    @property
    def has_output(self) -> bool:
        return self.output is not None

    @property
    def text(self) -> str:
        """Return the output of a stage, which is a text."""
        text = self.output.get("output") if isinstance(self.output, dict) else None
        return text if isinstance(text, str) else ""


def step_context(request: PlacedRequest, run: Run, context: dict[str, Any]) -> dict[str, Any]:
    """Return what the part of the chosen step shows."""
    chosen: NodeRun | None = context["chosen"]
    if chosen is None:
        return {"generations": []}
    graph = graph_of(run.version_id)
    children = _children(request, chosen)
    return {
        "generations": _generations(request, run, graph, chosen),
        "step_input": _input(run, chosen),
        "step_children": children,
        "blocks": blocks_of(piece_of(event) for event in step_log_events(run.pk, chosen.node.id, limit=_LOG_EVENTS)),
        "may_rerun_from": context["is_ended"] and bool(chosen.steps),
    }


def _generations(request: PlacedRequest, run: Run, graph: Graph, chosen: NodeRun) -> list[Generation]:
    """Return the times a step was gone through, the newest first, side by side on the page."""
    outputs = dict(StepRun.objects.filter(run=run, node_id=chosen.node.id).values_list("pk", "output"))
    feedback = _feedback(run, graph, chosen.node.id)
    agent_runs = list(agent_runs_for(request.place.actor).filter(run_id=run.pk, node_id=chosen.node.id).order_by("pk"))
    numbers = sorted({step.generation for step in chosen.steps}, reverse=True)
    return [
        _generation(number, [step for step in chosen.steps if step.generation == number], outputs, feedback, agent_runs)
        for number in numbers
    ]


def _generation(
    number: int,
    attempts: list[StepRun],
    outputs: dict[Any, JsonValue],
    feedback: Sequence[JsonValue],
    agent_runs: Sequence[AgentRun],
) -> Generation:
    output = outputs.get(attempts[-1].pk)
    left = output.get("handoff") if isinstance(output, dict) else None
    begun = attempts[0].created_at
    ended = attempts[-1].finished_at
    own = [item for item in agent_runs if item.created_at >= begun and (ended is None or item.created_at <= ended)]
    return Generation(
        number, attempts, output, read_handoff(left) if isinstance(left, dict) else None,
        feedback[number - 1] if 0 < number <= len(feedback) else None, own,
    )  # fmt: skip


def _feedback(run: Run, graph: Graph, node_id: str) -> list[JsonValue]:
    """Return what was said each time the run was sent back to before a step, in order."""
    rewinds = StepRun.objects.filter(run=run, rewind__isnull=False).order_by("settled_seq", "id")
    return [
        rewind.get("feedback")
        for rewind in rewinds.values_list("rewind", flat=True)
        if node_id == rewind.get("to") or node_id in graph.descendants(str(rewind.get("to")))
    ]


def _input(run: Run, chosen: NodeRun) -> JsonObject | None:
    """Return what the step sees in its last time through; None for one that nothing has led to yet."""
    if chosen.last is None or chosen.status is StepStatus.SKIPPED:
        return None
    return step_input(chosen.node, read_view(run).state_for(chosen.node.id, wave=chosen.last.wave))


def _children(request: PlacedRequest, chosen: NodeRun) -> list[RunRow]:
    keys = [step.pk for step in chosen.steps]
    runs = runs_for(request.place.actor).filter(parent_step__in=keys)
    return run_rows(runs.defer("input", "version__graph", "version__definition").order_by("pk")[:_CHILDREN_SHOWN])
