"""How good the work of a project is: the pass rate day by day, and what broke or could not be graded, in groups."""

from datetime import date, datetime

from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from console.api.agent_run_lists import matching
from console.api.auth import ApiRequest
from console.api.run_filters import RunFilterIn
from evaluation.attention import Group, broken_groups, ungraded_groups
from evaluation.pass_rate import Day, days_of, total_of
from evaluation.statistics import Share

router = Router(tags=["Agent runs"])

_MOST_DAYS = 366
_MOST_GROUPS = 50


class PassRateIn(RunFilterIn):
    """The filters of the runs that count, and how far to look back."""

    days: int = Field(default=14, ge=1, le=_MOST_DAYS, description="days of UTC, today's the last")


class ShareOut(Schema):
    """A share with its interval of Wilson at 95 %."""

    value: float
    low: float
    high: float


class DayOut(Schema):
    day: date
    passed: int
    failed: int
    ungraded: int
    share: ShareOut | None = Field(description="passed of passed and failed; null where neither was")


class PassRateOut(Schema):
    """The verdicts on the runs that began on each of the last days, at most the newest 50,000."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "total": {
                    "day": "2026-03-01", "passed": 9, "failed": 1, "ungraded": 0,
                    "share": {"value": 0.9, "low": 0.596, "high": 0.982},
                },
                "days": [{"day": "2026-03-01", "passed": 9, "failed": 1, "ungraded": 0, "share": None}],
            }
        }
    )  # fmt: skip

    total: DayOut = Field(description="all of the days; `day` is the first of them")
    days: list[DayOut]


class GroupOut(Schema):
    """Runs of one agent version with the same story. The newest speaks for them."""

    agent: str
    agent_version: int
    agent_version_id: str
    name: str = Field(description="the error's code, or the judge of runs that could not be graded")
    message: str
    runs: int
    first_at: datetime
    last_at: datetime


class AttentionOut(Schema):
    """What a person should look at, of the newest 1,000 runs of either sort, the group with the newest run first."""

    broken: list[GroupOut]
    ungraded: list[GroupOut]


@router.get("/pass-rate", response=PassRateOut, summary="Get how many runs of a project passed, day by day")
def pass_rate(request: ApiRequest, filters: Query[PassRateIn]) -> PassRateOut:
    days = days_of(matching(request, filters), now=timezone.now(), days=filters.days)
    return PassRateOut(total=_day_out(total_of(days)), days=[_day_out(day) for day in days])


@router.get("/attention", response=AttentionOut, summary="Get what broke or could not be graded, in groups")
def attention(request: ApiRequest, filters: Query[RunFilterIn]) -> AttentionOut:
    runs = matching(request, filters)
    return AttentionOut(
        broken=[_group_out(group) for group in broken_groups(runs, _MOST_GROUPS)],
        ungraded=[_group_out(group) for group in ungraded_groups(runs, _MOST_GROUPS)],
    )


def _day_out(day: Day) -> DayOut:
    return DayOut(
        day=day.start.date(), passed=day.passed, failed=day.failed, ungraded=day.ungraded, share=_share_out(day.share)
    )


def _share_out(share: Share | None) -> ShareOut | None:
    return ShareOut(value=share.value, low=share.low, high=share.high) if share else None


def _group_out(group: Group) -> GroupOut:
    return GroupOut(
        agent=group.version.agent.name, agent_version=group.version.number, agent_version_id=group.version.public_id,
        name=group.name, message=group.message, runs=group.runs, first_at=group.first, last_at=group.last,
    )  # fmt: skip
