from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.environments.backends import backend_problems
from agents.errors import AgentInvalid, AgentNameTaken
from agents.images.availability import image_problems
from agents.llm.catalogue import resolve_model
from agents.models import Agent, AgentVersion, Credential
from agents.sandbox_definitions.choosing import with_definition
from agents.services.git_tokens import token_forget
from agents.sources.registry import source
from agents.spec import AgentSpec, PromptSpec, Spec, as_json, parse_spec
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.ids import from_public
from console.storable import unstorable

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 5_000


@transaction.atomic
def agent_register(*, actor: Actor, name: str, spec: dict[str, Any], description: str = "") -> Agent:
    """Create an agent as a draft; raise AgentInvalid with every problem, or AgentNameTaken."""
    require(actor, Permission.EDIT_AGENTS)
    agent = Agent(organization_id=actor.organization_id)
    _apply(agent, actor=actor, name=name, description=description, spec=spec)
    _save(agent)
    audit.record(actor=actor, action="agent.register", target=agent, after={"name": agent.name, "spec": agent.draft})
    return agent


@transaction.atomic
def agent_update(*, actor: Actor, agent: Agent, name: str, spec: dict[str, Any], description: str = "") -> Agent:
    """Change the draft. Published versions and the runs that keep them stay as they are."""
    require(actor, Permission.EDIT_AGENTS)
    before = {"name": agent.name, "spec": agent.draft}
    _apply(agent, actor=actor, name=name, description=description, spec=spec)
    _save(agent)
    token_forget(actor=actor, agent=agent)
    audit.record(
        actor=actor, action="agent.update", target=agent, before=before,
        after={"name": agent.name, "spec": agent.draft},
    )  # fmt: skip
    return agent


@transaction.atomic
def agent_publish(*, actor: Actor, agent: Agent) -> AgentVersion:
    """Make an immutable version of the draft, which runs from now on take; return the latest if it says the same."""
    require(actor, Permission.EDIT_AGENTS)
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    checked = _checked_spec(agent, agent.draft)
    if isinstance(checked, AgentSpec) and checked.sandbox is not None:
        agent.draft = {**agent.draft, "sandbox": as_json(checked)["sandbox"]}
    if agent.latest is not None and agent.latest.spec == agent.draft:
        return agent.latest
    number = (agent.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    version = AgentVersion.objects.create(
        organization_id=actor.organization_id, agent=agent, number=number, spec=agent.draft, published_by=actor.label
    )
    agent.latest, agent.has_changes = version, False
    agent.save(update_fields=["draft", "latest", "has_changes", "updated_at"])
    token_forget(actor=actor, agent=agent)
    audit.record(actor=actor, action="agent.publish", target=agent, after={"version": number})
    return version


@transaction.atomic
def agent_archive(*, actor: Actor, agent: Agent) -> None:
    """Take an agent out of the lists. Its runs stay readable, and its name becomes free."""
    require(actor, Permission.EDIT_AGENTS)
    agent.archived_at = timezone.now()
    agent.save(update_fields=["archived_at", "updated_at"])
    token_forget(actor=actor, agent=agent)
    audit.record(actor=actor, action="agent.archive", target=agent)


def _apply(agent: Agent, *, actor: Actor, name: str, description: str, spec: dict[str, Any]) -> None:
    """Put a name, description and spec on an agent; raise AgentInvalid with the problems of all three."""
    problems = [*_text_problems(name, description), *unstorable({**spec, "name": name, "description": description})]
    try:
        checked = _checked_spec(agent, spec)
    except AgentInvalid as error:
        raise AgentInvalid.of([*problems, *error.problems]) from error
    if problems:
        raise AgentInvalid.of(problems)
    if isinstance(checked, AgentSpec):
        kind = source(str(checked.source["kind"]))
        checked.source = kind.stored(checked.source, actor=actor, agent=agent)
    agent.name, agent.description = name.strip(), description.strip()
    agent.runtime, agent.concurrency, agent.draft = checked.runtime, checked.concurrency, as_json(checked)
    agent.has_changes = agent.latest is None or agent.draft != agent.latest.spec


def _text_problems(name: str, description: str) -> list[Problem]:
    problems = []
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        problems.append(Problem(f"Give the agent a name of at most {LONGEST_NAME} characters.", "name"))
    if len(description) > LONGEST_DESCRIPTION:
        problems.append(Problem(f"Use at most {LONGEST_DESCRIPTION:,} characters.", "description"))
    return problems


def _checked_spec(agent: Agent, data: dict[str, Any]) -> Spec:
    spec = parse_spec(data)
    if isinstance(spec, PromptSpec):
        problems = _model_problems(agent, spec)
    else:
        spec, unmet = with_definition(agent.organization_id, spec)
        problems = [*_code_problems(agent, spec), *unmet]
    if problems:
        raise AgentInvalid.of(problems)
    return spec


def _model_problems(agent: Agent, spec: PromptSpec) -> list[Problem]:
    """Return whether the model that is named is none of the agent's organization; a topic may get its route later."""
    if not spec.model or resolve_model(agent.organization_id, spec.model):
        return []
    return [Problem(f"There is no model {spec.model!r} here, or more than one.", "model")]


def _code_problems(agent: Agent, spec: AgentSpec) -> list[Problem]:
    kind = source(str(spec.source["kind"]))
    return [
        *kind.problems_for(spec.source, agent),
        *_credential_problems(agent, spec),
        *backend_problems(spec.environment),
        *image_problems(spec),
    ]


def _credential_problems(agent: Agent, spec: AgentSpec) -> list[Problem]:
    """Return the variables whose credential is not one of the agent's organization."""
    named = ((place, variable.credential_id) for place, variable in enumerate(spec.env))
    wanted = {place: from_public("cred", name) for place, name in named if name is not None}
    known = set(
        Credential.objects.filter(
            organization_id=agent.organization_id, agent=None, pk__in=[key for key in wanted.values() if key]
        ).values_list("pk", flat=True)
    )
    return [
        Problem("There is no such credential in this organization.", "env", place, "credential_id")
        for place, key in wanted.items()
        if key not in known
    ]


def _save(agent: Agent) -> None:
    try:
        with transaction.atomic():
            agent.save()
    except IntegrityError as error:
        if "agent_name_in_organization" not in str(error):
            raise
        raise AgentNameTaken(
            f"There is an agent named {agent.name!r} already. Choose another name.",
            problems=[Problem("This name is taken in this organization.", "name")],
        ) from error
