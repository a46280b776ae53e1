from datetime import datetime

from ninja import Field, Router, Schema
from pydantic import ConfigDict, JsonValue

from console.access import Permission, require
from console.api.auth import ApiRequest
from console.ops.doctor import worst
from console.ops.doctor_report import report
from sandboxes.report import Level

router = Router(tags=["System health"])

_LINE: dict[str, JsonValue] = {
    "section": "Processes", "subject": "Broker", "level": "ok", "text": "Valkey 8.1.1", "fix": "",
}  # fmt: skip


class HealthLineOut(Schema):
    """One thing looked at."""

    section: str
    subject: str
    level: Level = Field(description="ok, warning or error")
    text: str
    fix: str = Field(description="how to mend it; blank where nothing is to be done")


class HealthOut(Schema):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"level": "ok", "checked_at": "2026-03-01T09:00:00Z", "lines": [_LINE]},
        }
    )

    level: Level = Field(description="the worst of all")
    checked_at: datetime
    lines: list[HealthLineOut]


@router.get("/health", response=HealthOut, summary="Look the installation over")
def health(request: ApiRequest, *, again: bool = False) -> HealthOut:
    """What the doctor found, at most twenty seconds ago; `again` looks now, which takes seconds.

    Whether all is up is told to anybody at `/healthz`.
    """
    require(request.auth.actor, Permission.MANAGE_ORGANIZATION)
    found = report(again=again)
    lines = [
        HealthLineOut(section=line.section, subject=line.subject, level=line.level, text=line.text, fix=line.fix)
        for line in found.lines
    ]
    return HealthOut(level=worst(found.lines), checked_at=found.checked_at, lines=lines)
