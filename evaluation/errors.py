"""What can go wrong with seeding and grading, as far as somebody is told of it."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from console.errors import Conflict, Invalid


class FieldInvalid(Invalid):
    """The settings of an agent field can't be used."""

    code = "agent_field_invalid"


class NotGradable(Conflict):
    """The run has no result to grade: it has not ended, or it broke before the agent had a say."""

    code = "not_gradable"


class JudgeUnresolved(Conflict):
    """Neither the field nor the organization names a judge that can be used."""

    code = "agent_model_unresolved"


class RowsInvalid(Invalid):
    """Rows have problems, so nothing was created. `details["errors"]` lists them by row and column."""

    code = "rows_invalid"

    @classmethod
    def of_rows(cls, errors: Sequence[Mapping[str, JsonValue]]) -> "RowsInvalid":
        rows = {error["row"] for error in errors}
        first = errors[0]
        place = f"Row {first['row']}" + (f", {first['column']}" if first["column"] else "")
        count = "1 row has a problem" if len(rows) == 1 else f"{len(rows):,} rows have problems"
        return cls(f"{count}, so nothing was created. {place}: {first['message']}", details={"errors": list(errors)})


class NothingToSeed(Invalid):
    code = "nothing_to_seed"


class UploadLost(Conflict):
    """The file of an upload is not where it was kept, or was changed there."""

    code = "upload_lost"


class SeedingNotUnderWay(Conflict):
    code = "seeding_not_under_way"
