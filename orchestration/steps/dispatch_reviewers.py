import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from django.db import connection

from agents.errors import WorkFailed
from agents.models import Agent
from console.errors import Problem
from orchestration import templates
from orchestration.graph import JsonObject, Node
from orchestration.steps.base import Answer, Ok, StepContext
from orchestration.steps.pipeline_step import PipelineStep, required, text_setting
from orchestration.steps.prompt_agent import ConversationMode, answer_of, mode_problems, task_of

#: Reviewers that work at the same time for one step.
MOST_AT_ONCE = 4
MOST_REVIEWERS = 50
_PROMPT = "Review the pull request at {url}.\nYour role in this review: {roles}."
_LONGEST_NODE_ID = 90


class DispatchReviewersStep(PipelineStep):
    """Has every agent that has one of the roles review a pull request, several at once.

    Its output is a list in the order of the roles and then of the agents' names, whoever was faster:
    `[{"agent", "agent_id", "roles", "review"}]`. A role that no agent has fails the step.
    """

    queue = "agents"

    def work(self, context: StepContext) -> Answer:
        node = context.node
        url = templates.render(text_setting(node, "prUrl"), context.input)
        roles = [templates.render(role, context.input) for role in _roles(node)]
        reviewers = _reviewers(context.organization_id, roles)
        missing = [role for role in roles if not any(_has(agent, role) for agent in reviewers)]
        if missing:
            raise WorkFailed(
                "no_reviewers", f"No published agent has the role {', '.join(missing)}. Give it to one.",
                details={"roles": list(missing)},
            )  # fmt: skip
        return Ok([*_reviews(context, reviewers, url, roles)])

    def problems(self, node: Node, organization_id: uuid.UUID) -> list[Problem]:  # noqa: ARG002  # who has a role may change
        found = [*required(node, "prUrl", "Write the address of the pull request."), *mode_problems(node)]
        if not _roles(node):
            found.append(Problem("Name at least one role.", "reviewerRoles"))
        for place, role in enumerate(_roles(node)):
            if wrong := templates.problem(role) or ("" if role.strip() else "Name the role."):
                found.append(Problem(wrong, "reviewerRoles", place))
        if unreadable := templates.problem(text_setting(node, "prompt")):
            found.append(Problem(unreadable, "prompt"))
        return found


def _roles(node: Node) -> list[str]:
    roles = node.config.get("reviewerRoles")
    return list(dict.fromkeys(map(str, roles))) if isinstance(roles, list) else []


def _roles_of(agent: Agent) -> list[str]:
    return [str(role) for role in (agent.latest.spec.get("roles") or ())] if agent.latest else []


def _has(agent: Agent, role: str) -> bool:
    return role.casefold() in {held.casefold() for held in _roles_of(agent)}


def _reviewers(organization_id: uuid.UUID, roles: Sequence[str]) -> list[Agent]:
    """Return the agents with any of the roles, each once: by its first role, then by name."""
    agents = Agent.objects.filter(
        organization_id=organization_id, archived_at=None, latest__isnull=False
    ).select_related("latest")
    ranked = [
        (next(place for place, role in enumerate(roles) if _has(agent, role)), agent.name, agent)
        for agent in agents
        if any(_has(agent, role) for role in roles)
    ]
    ranked.sort(key=lambda item: item[:2])
    if len(ranked) > MOST_REVIEWERS:
        raise WorkFailed("too_many_reviewers", f"{len(ranked)} agents have these roles; {MOST_REVIEWERS} are the most.")
    return [agent for *_, agent in ranked]


def _reviews(context: StepContext, reviewers: Sequence[Agent], url: str, roles: Sequence[str]) -> Iterator[JsonObject]:
    """Yield what each reviewer says, in their order, when all have ended; raise the first failure then."""
    written = templates.render(text_setting(context.node, "prompt"), context.input)
    with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="reviewers") as pool:
        under_way: list[tuple[Agent, list[str], Future[str]]] = []
        for agent in reviewers:
            held = [role for role in roles if _has(agent, role)]
            message = "\n\n".join(filter(None, [_PROMPT.format(url=url, roles=", ".join(held)), written]))
            under_way.append((agent, held, pool.submit(_review, context, agent, message)))
    for agent, held, review in under_way:
        yield {"agent": agent.name, "agent_id": agent.public_id, "roles": list(held), "review": review.result()}


def _review(context: StepContext, agent: Agent, message: str) -> str:
    """Return what one reviewer says, under a name of its own within the step."""
    node = context.node.model_copy(update={"id": f"{context.node.id[:_LONGEST_NODE_ID]}/{agent.public_id}"})
    try:
        task = task_of(context, message, ConversationMode.REVIEW)
        return answer_of(replace(context, node=_without_schema(node)), agent, task)
    except WorkFailed as failure:
        raise WorkFailed(
            failure.code, f"{agent.name}: {failure.message}", is_retryable=failure.is_retryable,
            details={**failure.details, "agent": agent.public_id},
        ) from failure  # fmt: skip
    finally:
        # Each thread has a connection of its own, which nobody else would give back.
        connection.close()


def _without_schema(node: Node) -> Node:
    """Return the node without its output schema, which is about all the reviews together."""
    return node.model_copy(update={"config": {**node.config, "outputSchema": None}})
