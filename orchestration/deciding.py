"""Who may answer a step that waits: whoever may start runs, or only those that its settings name.

A node whose `config` has `approvers` (e-mail addresses or ids of people) or a `role` can be answered by them alone: by
those on the list, and by whoever holds the role or a higher one in the run's project.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.apps import apps
from pydantic import JsonValue

from console.access import Actor, Permission, Role, at_least, require
from console.errors import NotAllowed
from console.ids import to_public
from orchestration.models import Run
from orchestration.views import graph_of


@dataclass(frozen=True, slots=True)
class Deciders:
    """Those who may decide. Where nobody is named it is whoever may start runs."""

    people: frozenset[str] = frozenset()
    role: Role | None = None

    @property
    def are_named(self) -> bool:
        return bool(self.people) or self.role is not None

    def include(self, *, role: Role | None, user_id: uuid.UUID, email: str) -> bool:
        """Say whether a person is among them, by the role that they hold, or by address or id."""
        if self.role is not None and role is not None and at_least(role, self.role):
            return True
        return bool(self.people & {email.lower(), to_public("user", user_id).lower()})


def deciders_of(config: Mapping[str, JsonValue]) -> Deciders:
    """Return who may answer a node with these settings."""
    people, role = config.get("approvers"), config.get("role")
    return Deciders(
        people=frozenset(str(person).strip().lower() for person in people) if isinstance(people, list) else frozenset(),
        role=Role(role) if role in set(Role) else None,
    )


def ensure_may_answer(*, actor: Actor, run: Run, node_id: str) -> None:
    """Raise NotAllowed, naming who may, unless the actor may answer this step of the run."""
    require(actor, Permission.RUN, project_id=run.project_id)
    node = graph_of(run.version_id).by_id.get(node_id)
    deciders = Deciders() if node is None else deciders_of(node.config)
    if not deciders.are_named or _is_among(actor, run, deciders):
        return
    raise NotAllowed(f"This is decided by {_in_words(deciders)}.")


def _is_among(actor: Actor, run: Run, deciders: Deciders) -> bool:
    if actor.user_id is None:
        return False
    people = apps.get_model("console", "User").objects.filter(pk=actor.user_id)
    email = str(people.values_list("email", flat=True).first() or "") if deciders.people else ""
    return deciders.include(role=actor.role_in(run.project_id), user_id=actor.user_id, email=email)


def _in_words(deciders: Deciders) -> str:
    named = [*sorted(deciders.people), *([f"{deciders.role.label} or higher"] if deciders.role else [])]
    return " or ".join(named)
