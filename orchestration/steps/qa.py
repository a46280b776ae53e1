from enum import StrEnum

from pydantic import JsonValue

from orchestration.dialects.stages.passing import (
    Earlier,
    earlier_stages,
    feedback_for,
    message,
    previous_output,
    quoted,
)
from orchestration.graph import JsonObject, Node
from orchestration.handoffs import Handoff
from orchestration.qa_verdicts import SCHEMA, QaVerdict, read_verdict
from orchestration.steps.base import (
    Answer,
    Answered,
    Failed,
    Ok,
    Rewind,
    StepContext,
    StepError,
    Stop,
    Suspend,
    Waiting,
)
from orchestration.steps.decision import decision_in
from orchestration.steps.stage_work import StageWork, ask, whole_state

_INSTRUCTIONS = """You check the work of an earlier stage of a pipeline, as “{name}”. The message holds what to check it
for, and the work. `passed` is true only if nothing at all has to be put right: a pass with notes is not a pass. Name
each thing that has to be put right under `issues`, and say under `feedback` what to do differently."""


class Escalated(StrEnum):
    """What a person can decide where a check was not passed within its retries."""

    RETRY = "retry"  #: send the work back once more
    ACCEPT = "accept"  #: go on as if it had passed
    STOP = "stop"  #: end the run


class QaStep(StageWork):
    """Has the topic's model, or an agent, check an earlier stage's work.

    Work that does not pass goes back to the stage that did it, with the issues, up to `maxRetries` times; then a person
    decides. Its output is the verdict, and a handoff made of it.
    """

    def perform(self, context: StepContext) -> Answer:
        node, state = context.node, whole_state(context)
        stages = earlier_stages(node.config, state)
        reply = ask(
            context, instructions=_INSTRUCTIONS.format(name=node.name), shape=SCHEMA,
            message=lambda: message(str(node.config.get("prompt", "")), state, stages, None),
        )  # fmt: skip
        if isinstance(reply, Failed):
            return reply
        verdict = read_verdict(reply.data, reply.text)
        return _unreadable(reply.text) if verdict is None else _judged(node, state, stages, verdict, reply.by)

    def woken(self, waiting: Waiting) -> Answer:
        if not isinstance(waiting.wake, Answered):
            raise ValueError("A check that was not passed waits for a person’s decision.")  # noqa: TRY004  # what a kind refuses with
        given, by = waiting.wake.output, waiting.wake.by
        decided: JsonObject = {
            "decision": decision_in(given, waiting.waiting_for), "comment": str(given.get("comment", "")), "by": by,
        }  # fmt: skip
        verdict = waiting.waiting_for.get("verdict")
        output: JsonObject = {**(verdict if isinstance(verdict, dict) else {}), "decided": decided}
        match Escalated(str(decided["decision"])):
            case Escalated.STOP:
                return Stop(by, output)
            case Escalated.ACCEPT:
                return Ok(output)
            case Escalated.RETRY:
                return _sent_back_by_person(waiting, decided, output)


def _judged(node: Node, state: JsonObject, stages: list[Earlier], verdict: QaVerdict, by: JsonValue) -> Answer:
    retries = _retries_so_far(node, state)
    output: JsonObject = {
        **verdict.as_json(),
        "attempt": retries + 1,
        "by": by,
        "handoff": _handoff(verdict).as_json(),
    }
    if verdict.passed:
        return Ok(output)
    target = _target(node, stages)
    if target is None:
        error = StepError("qa_nothing_to_redo", "No stage before this check has run, so none can be run again.")
        return Failed(error, is_retryable=False)
    most = int(str(node.config.get("maxRetries", 0)))
    if retries < most:
        feedback = _feedback(node, state, target.id, verdict.as_json(), attempt=retries + 1)
        return Rewind(target.id, {**feedback, "previousOutput": quoted(previous_output([target]))}, output)
    return Suspend(
        {
            "type": "qa_escalation",
            "stage": node.name,
            "index": node.config.get("index"),
            "target": target.id,
            "target_stage": target.name,
            "options": [choice.value for choice in Escalated],
            "retries": retries,
            "max_retries": most,
            "issues": [*verdict.issues],
            "feedback": verdict.feedback,
            "verdict": output,
        }
    )


def _sent_back_by_person(waiting: Waiting, decided: JsonObject, output: JsonObject) -> Rewind:
    node, target = waiting.node, str(waiting.waiting_for["target"])
    attempt = _retries_so_far(node, waiting.state) + 1
    feedback = _feedback(node, waiting.state, target, waiting.waiting_for, attempt=attempt)
    left = [stage for stage in earlier_stages(node.config, waiting.state) if stage.id == target]
    quote = {"previousOutput": quoted(previous_output(left))}
    return Rewind(target, {**feedback, **quote, "comment": decided["comment"]}, output)


def _feedback(node: Node, state: JsonObject, target: str, said: JsonObject, *, attempt: int) -> JsonObject:
    """Return what the target is told. It also counts, for each check, how often that has sent the target back."""
    before = (feedback_for(state, target) or {}).get("retries")
    return {
        "stage": node.name,
        "attempt": attempt,
        "maxRetries": node.config.get("maxRetries"),
        "feedback": said.get("feedback"),
        "issues": said.get("issues"),
        "retries": {**(before if isinstance(before, dict) else {}), node.id: attempt},
    }


def _retries_so_far(node: Node, state: JsonObject) -> int:
    """Return how often this check has sent work back in this run, to whichever stage."""
    counted = 0
    stages = node.config.get("earlier")
    for stage in stages if isinstance(stages, list) else ():
        if isinstance(stage, dict):
            retries = (feedback_for(state, str(stage["id"])) or {}).get("retries")
            own = retries.get(node.id, 0) if isinstance(retries, dict) else 0
            counted += own if isinstance(own, int) else 0
    return counted


def _target(node: Node, stages: list[Earlier]) -> Earlier | None:
    """Return the stage to be run again: the one that is named, or, where a gate left that out, the last that worked."""
    worked = [stage for stage in stages if stage.output is not None]
    named = next((stage for stage in worked if stage.id == node.config.get("target")), None)
    return named or (worked[-1] if worked else None)


def _handoff(verdict: QaVerdict) -> Handoff:
    word = "Passed" if verdict.passed else "Not passed"
    sure = f", with {verdict.confidence} confidence" if verdict.confidence else ""
    return Handoff(f"{word}{sure}. {verdict.feedback}".strip()[:2_000], open_questions=verdict.issues)


def _unreadable(text: str) -> Failed:
    said = {"reply": quoted(text)}
    return Failed(StepError("qa_verdict_unreadable", "The check gave no verdict that could be read.", said))
