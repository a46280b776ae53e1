from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone

from agents.credential_uses import uses_above
from agents.credentials import seal
from agents.errors import CredentialInUse, CredentialInvalid, CredentialNameTaken
from agents.models import Agent, AgentVersion, Credential, Tool
from agents.redaction import LEAST_LENGTH
from console import audit
from console.access import Actor, Permission, require
from console.errors import Problem
from console.storable import unstorable

LONGEST_VALUE = 32 * 1024
LONGEST_NAME = 255


def credential_create(*, actor: Actor, name: str, value: str) -> Credential:
    """Keep a secret under a name. Its value can be used and replaced from then on, and never read."""
    require(actor, Permission.MANAGE_CREDENTIALS)
    name = name.strip()
    problems = [*unstorable({"name": name}), *_value_problems(value)]
    if not 1 <= len(name) <= LONGEST_NAME:
        problems.insert(0, Problem(f"Give the credential a name of at most {LONGEST_NAME} characters.", "name"))
    if problems:
        raise CredentialInvalid.of(problems)
    credential = Credential(organization_id=actor.organization_id, name=name)
    seal(credential, value)
    try:
        with transaction.atomic():
            credential.save()
    except IntegrityError as error:
        raise CredentialNameTaken(
            f"There is a credential named {name!r} already. Choose another name, or rotate that one.",
            problems=[Problem("This name is taken in this organization.", "name")],
        ) from error
    audit.record(actor=actor, action="credential.create", target=credential, after={"name": name})
    return credential


def credential_rotate(*, actor: Actor, credential: Credential, value: str) -> None:
    """Replace the value. Runs that start from now on use the new one."""
    require(actor, Permission.MANAGE_CREDENTIALS)
    problems = _value_problems(value)
    if problems:
        raise CredentialInvalid.of(problems)
    seal(credential, value)
    credential.rotated_at = timezone.now()
    credential.save(update_fields=["ciphertext", "hint", "rotated_at"])
    audit.record(actor=actor, action="credential.rotate", target=credential)


def credential_delete(*, actor: Actor, credential: Credential) -> None:
    """Forget a secret; raise CredentialInUse, naming what uses it, while something does."""
    require(actor, Permission.MANAGE_CREDENTIALS)
    users = credential_users(credential)
    if users:
        raise CredentialInUse(f"{credential.name} is used by {', '.join(users[:5])}. Take it out there first.")
    audit.record(actor=actor, action="credential.delete", target=credential, before={"name": credential.name})
    try:
        credential.delete()
    except ProtectedError as error:
        raise CredentialInUse(
            f"{credential.name} is used by an archived model or tool. Take it out there first."
        ) from error


def credential_users(credential: Credential) -> list[str]:
    """Return what uses a credential, in words: agents, models, tools, and what upper rooms say."""
    reference = [{"credential_id": credential.public_id}]
    agents = Agent.objects.filter(organization_id=credential.organization_id, archived_at=None)
    clones = {"source": {"auth": reference[0]}}
    published = AgentVersion.objects.filter(Q(spec__env__contains=reference) | Q(spec__contains=clones))
    drafts = Q(draft__env__contains=reference) | Q(draft__contains=clones)
    using = agents.filter(drafts | Q(pk__in=published.values("agent_id")))
    models = credential.model_endpoints.filter(archived_at=None)
    live = Tool.objects.filter(organization_id=credential.organization_id, archived_at=None)
    tools = live.filter(Q(credential=credential) | Q(headers__contains=reference))
    return [
        *(f"agent {name}" for name in using.distinct().order_by("name").values_list("name", flat=True)),
        *(f"model {name}" for name in models.order_by("display_name").values_list("display_name", flat=True)),
        *(f"tool {name}" for name in tools.order_by("name").values_list("name", flat=True)),
        *(user for used, user in uses_above(credential.organization_id) if used == credential.public_id),
    ]


def _value_problems(value: str) -> list[Problem]:
    if len(value) < LEAST_LENGTH:
        return [Problem(f"Use at least {LEAST_LENGTH} characters: shorter ones can't be masked in logs.", "value")]
    if len(value) > LONGEST_VALUE:
        return [Problem("Use at most 32 KB.", "value")]
    return list(unstorable({"value": value}))
