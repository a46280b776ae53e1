"""Agents for tests, as somebody would register them."""

from agents.models import Agent
from agents.services.agents import agent_publish, agent_register
from console.access import Actor
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import pipeline_create, pipeline_publish

#: The agent that the first walk-through registers.
HELLO = """\
import platform
import subprocess
from pathlib import Path


def run(task_input, *, proxy_url, run_token):
    instruction = task_input["user_instruction"]

    # Do some real work so the trajectory has steps to show.
    Path("/tmp/notes.txt").write_text(f"task: {instruction}\\n")
    uname = subprocess.run(["uname", "-a"], capture_output=True, text=True)

    return {
        "final_response": (
            f"Hello from the sandbox (Python {platform.python_version()}). "
            f"You asked: {instruction!r}. Kernel: {uname.stdout.strip()}"
        )
    }
"""


def function(body: str) -> str:
    """Return a module whose entrypoint has `body`."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"def run(task_input, *, proxy_url, run_token):\n{lines}\n"


def published_agent(actor: Actor, code: str = HELLO, *, name: str = "hello", **spec: object) -> Agent:
    agent = agent_register(actor=actor, name=name, spec={"source": {"kind": "paste", "code": code}, **spec})
    agent_publish(actor=actor, agent=agent)
    return Agent.objects.select_related("latest").get(pk=agent.pk)


def published_pipeline(
    actor: Actor, project: object, agent: Agent, *, name: str = "pipeline", **config: object
) -> Pipeline:
    """Return a pipeline of one agent field, judged by builtin/rules unless told otherwise."""
    field = {
        "key": "answer",
        "title": "Answer",
        "mode": "agent",
        "agentConfig": {"agent_id": agent.public_id, "judge_model": "builtin/rules", **config},
    }
    pipeline = pipeline_create(
        actor=actor, project=project, name=name, dialect_name=Dialect.FIELDS, definition={"fields": [field]}
    )
    pipeline_publish(actor=actor, pipeline=pipeline)
    return Pipeline.objects.select_related("latest", "project").get(pk=pipeline.pk)
