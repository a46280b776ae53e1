"""The token that an agent's repository is cloned with, where it was pasted: a credential of the agent's own.

It is on no list and can't be chosen elsewhere, is replaced by pasting another, and goes when nothing uses it.
"""

from django.utils import timezone

from agents.credentials import seal
from agents.models import Agent, AgentRun, AgentRunStatus, Credential
from console import audit
from console.access import Actor, Permission, require


def own_token(agent: Agent) -> Credential | None:
    """Return the credential that is the agent's own."""
    return Credential.objects.filter(organization_id=agent.organization_id, agent_id=agent.pk).first()


def token_keep(*, actor: Actor, agent: Agent, token: str) -> Credential:
    """Keep a token for an agent, in place of the one it had. Runs that start from now on use it."""
    require(actor, Permission.EDIT_AGENTS)
    credential = own_token(agent)
    is_new = credential is None
    if credential is None:
        name = f"Git token of {agent.public_id}"
        credential = Credential(organization_id=agent.organization_id, agent_id=agent.pk, name=name)
    else:
        credential.rotated_at = timezone.now()
    seal(credential, token.strip())
    credential.save()
    audit.record(actor=actor, action="credential.create" if is_new else "credential.rotate", target=credential)
    return credential


def token_forget(*, actor: Actor, agent: Agent) -> None:
    """Delete an agent's token, if it has one and neither its draft, its latest version nor a run under way uses it."""
    require(actor, Permission.EDIT_AGENTS)
    credential = own_token(agent)
    if credential is None or _is_used(agent, credential.public_id):
        return
    audit.record(actor=actor, action="credential.delete", target=credential, before={"name": credential.name})
    credential.delete()


def _is_used(agent: Agent, credential_id: str) -> bool:
    if agent.archived_at is not None:
        return False
    specs = [agent.draft, agent.latest.spec if agent.latest else {}]
    under_way = AgentRun.objects.filter(agent=agent, status__in=[AgentRunStatus.QUEUED, AgentRunStatus.RUNNING])
    return any(_names(spec, credential_id) for spec in specs) or any(
        _names(spec, credential_id) for spec in under_way.values_list("version__spec", flat=True).distinct()
    )


def _names(spec: object, credential_id: str) -> bool:
    source = spec.get("source") if isinstance(spec, dict) else None
    auth = source.get("auth") if isinstance(source, dict) else None
    return isinstance(auth, dict) and auth.get("credential_id") == credential_id
