from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """The instance refused: a code for programs, a sentence for people, the rest as data."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, Any]) -> None:
        super().__init__(f"{message} ({code})")
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details)


class NoAnswer(Exception):
    """The instance does not answer."""
