"""Entries of the audit trail as they are read: who did what to what, and what that changed."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from console.audit_trail import ACTIONS
from console.ids import to_public
from console.models import AuditEntry, User

#: The columns of an export.
COLUMNS = ("at", "person", "person_id", "action", "target", "target_id", "before", "after")


class TrailRow(NamedTuple):
    """One entry. `before` and `after` are texts of one line a fact, both empty where nothing was noted."""

    entry: AuditEntry
    words: str
    person_id: str
    before: str
    after: str

    @property
    def has_change(self) -> bool:
        return bool(self.before or self.after)


def trail_row(entry: AuditEntry) -> TrailRow:
    return TrailRow(
        entry=entry,
        words=ACTIONS.get(entry.action, entry.action),
        person_id=to_public(User.ID_PREFIX, entry.actor_id) if entry.actor_id else "",
        before=_facts(entry.before),
        after=_facts(entry.after),
    )


def export_cells(entry: AuditEntry) -> tuple[str, ...]:
    """Return the cells of one line of the export, in the order of COLUMNS."""
    row = trail_row(entry)
    return (
        entry.created_at.isoformat(), entry.actor_label, row.person_id, entry.action, entry.target_label,
        entry.target_id, _json(entry.before), _json(entry.after),
    )  # fmt: skip


def _facts(values: Mapping[str, object]) -> str:
    return "".join(f"{name}: {_value(value)}\n" for name, value in sorted(values.items()))


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
