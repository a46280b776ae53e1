"""What the kinds of the nodes dialect share that ask people."""

from typing import Annotated

from pydantic import Field

from console.access import Role
from orchestration.graph import JsonObject
from orchestration.steps.configured import Settings

MOST_APPROVERS = 100


class AskingSettings(Settings):
    """`approvers` (addresses or ids of people) or whoever holds `role` may answer; without both, whoever may run."""

    approvers: Annotated[list[str], Field(max_length=MOST_APPROVERS)] | None = None
    role: Role | None = None

    @property
    def who(self) -> JsonObject:
        """Return who may answer, as what is waited for says it; empty where nobody is named."""
        named: JsonObject = {"approvers": [*self.approvers]} if self.approvers else {}
        return {**named, "role": self.role.value} if self.role else named
