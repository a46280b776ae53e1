"""What stands behind the question mark of a URL."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, ValidationInfo, model_validator


class QueryIn(Schema):
    """The query of a URL. A name that is none of its own is refused: it would be a filter that lets everything by."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _knows_every_name(cls, data: Any, info: ValidationInfo) -> Any:
        request = (info.context or {}).get("request")
        unknown = sorted(set(request.GET) - set(cls.model_fields)) if request is not None else []
        if unknown:
            raise ValueError(f"There is no parameter {unknown[0]!r} here.")
        return data
