"""Agents for tests, as somebody would register them."""

from agents.models import Agent
from agents.services.agents import agent_publish, agent_register
from console.access import Actor
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import pipeline_create, pipeline_publish
from tests.support.code import HELLO, function

__all__ = ["HELLO", "function", "published_agent", "published_pipeline"]


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
