"""An organization with one thing of every kind, each carrying a word that no other organization may ever read.

`PARAMETERS` makes the value of every path parameter by its name. A route with a parameter that is not listed fails
the matrix: add a line here, so that the new thing is part of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from agents.models import (
    Agent,
    AgentRun,
    AgentRunStatus,
    Credential,
    Document,
    KnowledgeSource,
    Memory,
    MemoryEntry,
    ModelEndpoint,
    Tool,
)
from agents.runtimes.base import Answer
from agents.services import progress
from agents.services.credentials import credential_create
from agents.services.knowledge import source_create, text_add
from agents.services.memories import memory_create, memory_write
from console.access import Actor, Role
from console.ids import new_id, to_public
from console.models import ApiToken, Invitation, Membership, Notification, Project, User
from console.services.invitations import invitation_create
from console.signing_in.auth import api_token_create
from evaluation.models import Dataset, SeededTask
from evaluation.services.seeding import tasks_seed
from orchestration.models import Pipeline, Run
from orchestration.services.orchestration_runs import orchestration_run_start
from orchestration.services.orchestrations import orchestration_create
from orchestration.services.stages import TemplateWords, stages_start, template_create
from sandboxes.trajectories.steps import ShellDetail, Step
from tests.factories import MembershipFactory, ModelEndpointFactory, OrganizationFactory, ProjectFactory, ToolFactory
from tests.support.agents import published_agent, published_pipeline
from tests.support.step_pipelines import in_order, published_steps, started

#: In the name or text of everything that is made here, and nowhere else.
CANARY = "Zanzibar"


@dataclass(frozen=True)
class World:
    """One thing of every kind, all of one organization."""

    project: Project
    owner: User
    token: ApiToken
    agent: Agent
    pipeline: Pipeline
    dataset: Dataset
    task: SeededTask
    run: Run
    agent_run: AgentRun
    model: ModelEndpoint
    credential: Credential
    tool: Tool
    membership: Membership
    invitation: Invitation
    template: Pipeline
    stage_run: Run
    notification: Notification
    orchestration: Pipeline
    orchestration_run: Run
    step_pipeline: Pipeline
    step_run: Run
    source: KnowledgeSource
    document: Document
    memory: Memory
    entry: MemoryEntry


def make_world() -> World:
    """Make an organization with one thing of every kind."""
    organization = OrganizationFactory(slug=CANARY.lower(), name=f"{CANARY} Ltd")
    owner = MembershipFactory(organization=organization, user__name=f"{CANARY} Ada").user
    return furnished(ProjectFactory(organization=organization, name=f"{CANARY} work"), owner, word=CANARY)


def furnished(project: Project, owner: User, *, word: str) -> World:
    """Make one thing of every kind in a project, in the name of an Org Admin."""
    organization = project.organization
    actor = Actor(organization_id=organization.pk, user_id=owner.pk, label=str(owner), roles={None: Role.ORG_ADMIN})
    agent = published_agent(actor, name=f"{word.lower()}-agent")
    pipeline = published_pipeline(actor, project, agent, name=f"{word} pipeline", rubric=f"Says {word}")
    dataset = tasks_seed(actor=actor, pipeline=pipeline, tasks=[{"user": f"Say {word}"}])
    task = SeededTask.objects.select_related("agent_run").get(dataset=dataset)
    AgentRun.objects.filter(pk=task.agent_run_id).update(status=AgentRunStatus.RUNNING)
    step = Step(0, f"echo {word}", ShellDetail(["echo", word], stdout=word), 0)
    progress.collected(task.agent_run, Answer((step,), f"Said {word}", None))
    api_token_create(actor=actor, user=owner, organization=organization, name=f"{word} token", lifetime=timedelta(1))
    source = source_create(actor=actor, project=project, name=f"{word} policies")
    memory = memory_create(actor=actor, project=project, name=f"{word} facts")
    graph = {"nodes": [{"id": "ask", "type": "human", "prompt": f"Say {word}"}], "edges": []}
    orchestration = orchestration_create(actor=actor, project=project, name=f"{word} graph", definition=graph)
    steps = published_steps(actor, project, in_order({"id": "told", "kind": "join"}), name=f"{word} steps")
    stages = {"stages": [{"name": word, "topic": "writing", "prompt": f"Say {word}", "approvalGate": True}]}
    template = template_create(actor=actor, project=project, words=TemplateWords(f"{word} template"), definition=stages)
    stage_run = stages_start(actor=actor, pipeline=template, description=f"Say {word}")
    return World(
        template=template, stage_run=stage_run,
        notification=Notification.objects.create(
            organization=organization, project=project, user=owner, run=stage_run, kind="approval",
            title=f"{word} waits", url=f"/runs/{stage_run.public_id}",
        ),
        project=project, owner=owner, token=ApiToken.objects.get(user=owner), agent=agent, pipeline=pipeline,
        dataset=dataset, task=task, run=Run.objects.get(pk=task.run_id), agent_run=task.agent_run,
        model=ModelEndpointFactory(organization=organization, display_name=f"{word} model"),
        credential=credential_create(actor=actor, name=f"{word}_KEY", value=f"{word}-secret-value"),
        tool=ToolFactory(organization=organization, name=f"{word}-tool", url=f"http://127.0.0.1:1/{word}"),
        membership=owner.memberships.get(),
        invitation=invitation_create(
            actor=actor, email=f"{word.lower()}@example.com", role=Role.VIEWER, project=project
        ).invitation,
        orchestration=orchestration,
        orchestration_run=orchestration_run_start(
            actor=actor, pipeline=orchestration, run_input={"word": word}, title=f"Say {word}"
        ),
        step_pipeline=steps, step_run=started(actor, steps, word=word),
        source=source, document=text_add(actor=actor, source=source, name=f"{word}.txt", text=f"About {word}"),
        memory=memory, entry=memory_write(actor=actor, memory=memory, content=f"It is {word}").entry,
    )  # fmt: skip


#: The values of a path parameter that name our things, by the parameter's name. Each is tried.
PARAMETERS: Mapping[str, Callable[[World], list[str]]] = {
    "agent_id": lambda world: [world.agent.public_id],
    "pipeline_id": lambda world: [world.pipeline.public_id, world.orchestration.public_id],
    "workflow_id": lambda world: [world.pipeline.public_id],
    "orchestration_id": lambda world: [to_public("orch", world.orchestration.pk)],
    "orchestration_run_id": lambda world: [world.orchestration_run.public_id],
    "step_pipeline_id": lambda world: [world.step_pipeline.public_id],
    "step_run_id": lambda world: [world.step_run.public_id],
    "dataset_id": lambda world: [world.dataset.public_id],
    "task_id": lambda world: [world.task.public_id],
    "run_id": lambda world: [world.run.public_id, world.agent_run.public_id],
    "agent_run_id": lambda world: [world.agent_run.public_id],
    "model_id": lambda world: [world.model.public_id],
    "credential_id": lambda world: [world.credential.public_id],
    "tool_id": lambda world: [world.tool.public_id],
    "token_id": lambda world: [world.token.public_id],
    "project_id": lambda world: [world.project.public_id],
    "membership_id": lambda world: [world.membership.public_id],
    "invitation_id": lambda world: [world.invitation.public_id],
    "template_id": lambda world: [world.template.public_id],
    "stage_run_id": lambda world: [world.stage_run.public_id],
    "notification_id": lambda world: [world.notification.public_id],
    "source_id": lambda world: [world.source.public_id],
    "document_id": lambda world: [world.document.public_id],
    "memory_id": lambda world: [world.memory.public_id],
    "entry_id": lambda world: [world.entry.public_id],
    # Behind the prefix, which stands in the pattern.
    "body": lambda world: [run.public_id.removeprefix("run_") for run in (world.run, world.orchestration_run)],
}

#: Parameters that name nothing of anybody's: the value is all the same to everyone.
NOBODYS: Mapping[str, str] = {
    "name": "quick-start",
    # One's own: whoever else asks gets the answer that nobody's session would get.
    "session_id": "sess_01K9X4Z7QD8M3V5T2B6N8C1F0A",
    "pk": "1",
    "provider_id": "sso",
    "secret": "no-such-secret",
    "index": "0",
    "stage": "gate-0",
}


def unknown_like(public_id: str) -> str:
    """Return an id of the same kind that names nothing."""
    prefix, underscore, _ = public_id.rpartition("_")
    return to_public(prefix or "any", new_id()).removeprefix("" if underscore else "any_")
