from functools import partial

from orchestration.dialects.stages.passing import earlier_stages, feedback_for, message
from orchestration.graph import JsonObject
from orchestration.handoffs import SCHEMA, read_handoff
from orchestration.steps.base import Answer, Failed, Ok, StepContext
from orchestration.steps.stage_work import Reply, StageWork, ask, whole_state

_INSTRUCTIONS = """You carry out the stage “{name}” of a pipeline. Do what the message asks and nothing else.
Answer in two parts. `output` is the whole result of this stage, ready to be used by itself. `handoff` is for whoever
carries out the next stage: the key decisions and why they were made, the files that were created, changed or referred
to, what is still open, and a short summary. Leave a list empty where there is nothing to say."""

_SHAPE: JsonObject = {
    "type": "object",
    "properties": {
        "output": {"type": "string", "description": "the whole result of this stage"},
        "handoff": SCHEMA,
    },
    "required": ["output", "handoff"],
}


class StageStep(StageWork):
    """Has the topic's model, or an agent, do a stage's work.

    Its output is `{"output", "handoff", "by"}`: the result as text, what it leaves the next stage, and who did it.
    """

    def perform(self, context: StepContext) -> Answer:
        instructions = _INSTRUCTIONS.format(name=context.node.name)
        reply = ask(context, instructions=instructions, message=partial(_message, context), shape=_SHAPE)
        return reply if isinstance(reply, Failed) else Ok(_output(reply))


def _message(context: StepContext) -> str:
    node = context.node
    state = whole_state(context)
    stages = earlier_stages(node.config, state)
    return message(str(node.config.get("prompt", "")), state, stages, feedback_for(state, node.id))


def _output(reply: Reply) -> JsonObject:
    """Return a stage's output; where the reply has not the shape that was asked for, all of it is the result."""
    data = reply.data or {}
    text = str(data["output"]) if isinstance(data.get("output"), str) else reply.text
    return {"output": text, "handoff": read_handoff(data.get("handoff"), fallback=text).as_json(), "by": reply.by}
