"""The trail of changes. A service that changes something a person can see records it here, in its own transaction."""

from collections.abc import Mapping
from typing import Protocol

from django.apps import apps

from console.access import Actor


class Target(Protocol):
    @property
    def public_id(self) -> str: ...


def record(
    *,
    actor: Actor,
    action: str,
    target: Target,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Append one entry, such as `agent.publish`. `before` and `after` must not hold secrets."""
    apps.get_model("console", "AuditEntry").objects.create(
        organization_id=actor.organization_id,
        actor_id=actor.user_id,
        actor_label=actor.label,
        action=action,
        target_id=target.public_id,
        target_label=str(target)[:255],
        before=dict(before or {}),
        after=dict(after or {}),
    )
