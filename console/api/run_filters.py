"""Which runs are meant: the filters of the Data Explorer, as lists, files and acts on many runs take them."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from ninja import Field
from pydantic import AfterValidator, ConfigDict, StringConstraints

from agents.errors import Cause
from agents.models import Agent, AgentRunStatus, AgentVersion
from console.access import Actor
from console.api.queries import QueryIn
from console.errors import NotFound
from console.ids import from_public
from console.storable import unstorable
from console.tenancy import OrgOwned
from evaluation.explorer import Dimension, RunFilters
from evaluation.models import Dataset
from orchestration.models import Pipeline

_MOST_VALUES = 50
#: No run is older than the first second that its key could name.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _in_time(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(aware, _EPOCH)


def _storable(text: str) -> str:
    if problem := next(unstorable(text), None):
        raise ValueError(problem.message)
    return text


Moment = Annotated[datetime, AfterValidator(_in_time)]
Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(_storable)]


#: A verdict, or none yet.
VerdictAsked = Literal["PASS", "FAIL", "UNGRADED", "none"]


class RunFilterIn(QueryIn):
    """Only runs that fit all of what is given. Of several values of one filter any may fit."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": ["failed"], "q": "refund"}})

    status: list[AgentRunStatus] = Field([], max_length=_MOST_VALUES)
    verdict: list[VerdictAsked] = Field([], max_length=_MOST_VALUES)
    cause: list[Cause] = Field([], max_length=_MOST_VALUES, description="why runs broke")
    agent_id: list[str] = Field([], max_length=_MOST_VALUES)
    pipeline_id: list[str] = Field([], max_length=_MOST_VALUES)
    agent_version_id: str | None = None
    dataset_id: str | None = None
    error_code: str = Field("", max_length=64, pattern=r"^\w*$", description="the code that runs broke with")
    outcome: Literal["failed"] | None = Field(None, description="failed: what broke or was judged a fail")
    since: Moment | None = Field(None, description="started then or later; without an offset it is UTC")
    until: Moment | None = Field(None, description="started before")
    q: Text = Field("", description="words that the title holds, all of them")

    def filters(self, actor: Actor) -> RunFilters:
        """Return what is asked for; raise NotFound for a thing that is named and not there."""
        chosen = {
            Dimension.STATUS: tuple(self.status),
            Dimension.VERDICT: tuple(self.verdict),
            Dimension.CAUSE: tuple(self.cause),
            Dimension.AGENT: _texts(keys_of(Agent, actor, self.agent_id)),
            Dimension.PIPELINE: _texts(keys_of(Pipeline, actor, self.pipeline_id)),
        }
        return RunFilters(
            chosen={dimension: values for dimension, values in chosen.items() if values},
            version_id=_key(AgentVersion, actor, self.agent_version_id),
            dataset_id=_key(Dataset, actor, self.dataset_id),
            error_code=self.error_code, is_bad=self.outcome == "failed", since=self.since, until=self.until,
            text=self.q,
        )  # fmt: skip


def keys_of(model: type[OrgOwned], actor: Actor, public_ids: Sequence[str]) -> list[uuid.UUID]:
    """Return the keys of things that the actor may see, archived ones too; raise NotFound for the first that is not."""
    keys = {public_id: from_public(model.ID_PREFIX, public_id) for public_id in public_ids}
    wanted = [key for key in keys.values() if key is not None]
    rows: Any = model.objects.visible_to(actor)
    known = set(rows.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    for public_id, key in keys.items():
        if key not in known:
            raise NotFound(f"There is no {model._meta.verbose_name} {public_id!r} here.")  # noqa: SLF001  # documented
    return wanted


def _key(model: type[OrgOwned], actor: Actor, public_id: str | None) -> uuid.UUID | None:
    return keys_of(model, actor, [public_id])[0] if public_id else None


def _texts(keys: Sequence[uuid.UUID]) -> tuple[str, ...]:
    return tuple(map(str, keys))
