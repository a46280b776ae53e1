from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from agents.errors import SandboxDefinitionInUse, SandboxDefinitionInvalid, SandboxDefinitionNameTaken
from agents.models import Agent, SandboxDefinition
from agents.sandbox_definitions.machines import machines
from agents.sandbox_definitions.opening import allowed_problems, asks_for_something, granting_problems
from agents.sandbox_definitions.shape import SandboxSettings, read_settings
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.storable import unstorable

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 5_000


def sandbox_definition_create(
    *, actor: Actor, name: str, sandbox: dict[str, Any], description: str = ""
) -> SandboxDefinition:
    """Add a definition; raise SandboxDefinitionInvalid with every problem, or SandboxDefinitionNameTaken."""
    require(actor, Permission.MANAGE_SANDBOXES)
    definition = SandboxDefinition(organization_id=actor.organization_id)
    _apply(definition, name, description, sandbox)
    _save(definition)
    audit.record(actor=actor, action="sandbox_definition.create", target=definition, after=_told(definition))
    return definition


@transaction.atomic
def sandbox_definition_update(
    *, actor: Actor, definition: SandboxDefinition, name: str, sandbox: dict[str, Any], description: str = ""
) -> SandboxDefinition:
    """Change a definition, and with it the drafts of its agents. What is published stays as it is until it is again."""
    require(actor, Permission.MANAGE_SANDBOXES)
    before = _told(definition)
    _apply(definition, name, description, sandbox)
    _save(definition)
    _carry_into_drafts(definition)
    audit.record(
        actor=actor, action="sandbox_definition.update", target=definition, before=before, after=_told(definition)
    )
    return definition


@transaction.atomic
def sandbox_definition_archive(*, actor: Actor, definition: SandboxDefinition) -> None:
    """Take a definition out of use; raise SandboxDefinitionInUse, naming the agents, while some have it."""
    require(actor, Permission.MANAGE_SANDBOXES)
    if users := sandbox_definition_users(definition):
        raise SandboxDefinitionInUse(
            f"{definition.name} is used by {', '.join(users[:5])}. Choose another sandbox there first."
        )
    definition.archived_at = timezone.now()
    definition.save(update_fields=["archived_at", "updated_at"])
    audit.record(actor=actor, action="sandbox_definition.archive", target=definition)


def sandbox_definition_users(definition: SandboxDefinition) -> list[str]:
    """Return the names of the agents whose draft or latest version has a definition."""
    named = Q(draft__sandbox_definition_id=definition.public_id)
    published = Q(latest__spec__sandbox_definition_id=definition.public_id)
    agents = Agent.objects.filter(organization_id=definition.organization_id, archived_at=None)
    return list(agents.filter(named | published).order_by("name").values_list("name", flat=True))


def settings_of(definition: SandboxDefinition) -> SandboxSettings:
    return SandboxSettings.model_validate(definition.settings)


def _carry_into_drafts(definition: SandboxDefinition) -> None:
    agents = Agent.objects.select_for_update().filter(
        organization_id=definition.organization_id, draft__sandbox_definition_id=definition.public_id
    )
    for agent in agents:
        agent.draft = {**agent.draft, "sandbox": definition.settings}
        agent.has_changes = agent.latest is None or agent.draft != agent.latest.spec
        agent.save(update_fields=["draft", "has_changes", "updated_at"])


def _apply(definition: SandboxDefinition, name: str, description: str, data: dict[str, Any]) -> None:
    problems = list(unstorable({"name": name, "description": description, **data}))
    name, description = name.strip(), description.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        problems.append(Problem(f"Give the definition a name of at most {LONGEST_NAME} characters.", "name"))
    if len(description) > LONGEST_DESCRIPTION:
        problems.append(Problem(f"Use at most {LONGEST_DESCRIPTION:,} characters.", "description"))
    found, wrong = read_settings(data)
    if found is not None:
        wrong = _unmet(found)
    if problems or wrong or found is None:
        raise SandboxDefinitionInvalid.of([*problems, *wrong])
    definition.name, definition.description = name, description
    definition.settings = found.model_dump(mode="json", exclude_none=True)


def _unmet(found: SandboxSettings) -> list[Problem]:
    """Return what of a definition the operator or the machines do not grant."""
    problems = allowed_problems(
        found, images=settings.CALLBOARD_SANDBOX_IMAGES, runtimes=settings.CALLBOARD_SANDBOX_RUNTIMES
    )
    if not asks_for_something(found):
        return problems
    known = machines()
    if not known:
        return [*problems, Problem("No machine with sandboxes answers, so nothing can be promised. Start a worker.")]
    told = {problem.path for problem in problems}
    return [*problems, *(problem for problem in granting_problems(found, known) if problem.path not in told)]


def _save(definition: SandboxDefinition) -> None:
    try:
        with transaction.atomic():
            definition.save()
    except IntegrityError as error:
        if "sandbox_definition_name_in_organization" not in str(error):
            raise
        raise SandboxDefinitionNameTaken(
            f"There is a sandbox definition named {definition.name!r} already. Choose another name.",
            problems=[Problem("This name is taken in this organization.", "name")],
        ) from error


def _told(definition: SandboxDefinition) -> dict[str, object]:
    return {"name": definition.name, "description": definition.description, **definition.settings}
