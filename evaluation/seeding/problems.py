"""What is wrong with an upload, and where."""

from typing import NamedTuple

from console.errors import ErrorKind, Invalid

#: The row number of problems with the header itself.
HEADER = 0


class RowProblem(NamedTuple):
    """One thing wrong with one row. Row 1 is the first after the header; None is the file as a whole."""

    row: int | None
    column: str | None
    message: str

    def as_json(self) -> dict[str, int | str | None]:
        return {"row": self.row, "column": self.column, "message": self.message}


class CsvRefused(Invalid):
    """The file can't be read any further, so nothing is created from it."""

    code = "csv_invalid"

    def __init__(self, message: str, *, row: int | None = None, column: str | None = None) -> None:
        self.problem = RowProblem(row, column, message)
        super().__init__(message, details={"errors": [self.problem.as_json()]})


class CsvTooLarge(CsvRefused):
    """The file is larger than a limit allows."""

    code = "csv_too_large"
    kind = ErrorKind.TOO_LARGE
