"""What an error page says, for each status: in plain words, what was lost, what one can do, whose fault it is."""

import re
from dataclasses import dataclass, replace
from http import HTTPStatus

from console.errors import DomainError, ErrorKind, Problem

_UNTOUCHED = "Nothing. No change was made."


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """One error as a person reads it."""

    status: HTTPStatus
    name: str
    title: str
    why: str
    lost: str
    remedy: str
    cause: str
    not_cause: str
    code: str = ""
    command: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def label(self) -> str:
        return f"Error {self.status.value}"

    @property
    def is_server(self) -> bool:
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


PAGES: dict[HTTPStatus, ErrorPage] = {
    page.status: page
    for page in (
        ErrorPage(
            HTTPStatus.BAD_REQUEST,
            "Bad request",
            "The request could not be read",
            "A part of it is missing or malformed.",
            _UNTOUCHED,
            "Go back, load the page again and repeat what you did.",
            "Request",
            "not your agent, not the platform",
        ),
        ErrorPage(
            HTTPStatus.FORBIDDEN,
            "Not allowed",
            "Your role does not allow this",
            "",
            _UNTOUCHED,
            "Ask an organization admin to do it, or for the role.",
            "Role",
            "everything works",
        ),
        ErrorPage(
            HTTPStatus.NOT_FOUND,
            "Not found",
            "There is nothing here that you may see",
            "The address may be mistyped, the thing may be gone, or it belongs to another project or organization.",
            _UNTOUCHED,
            "Check the address, switch the project, or start again from Home.",
            "Address",
            "everything works",
        ),
        ErrorPage(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "Wrong method",
            "This address can't be opened like a page",
            "It takes what a form or a program sends.",
            _UNTOUCHED,
            "Go back to the page with the form.",
            "Request",
            "everything works",
        ),
        ErrorPage(
            HTTPStatus.CONFLICT,
            "Conflict",
            "It does not fit the present state of things",
            "Something changed since the page was opened.",
            _UNTOUCHED,
            "Load the page again and look at what changed.",
            "Timing",
            "everything works",
        ),
        ErrorPage(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "Too large",
            "That is more than this takes at once",
            "",
            _UNTOUCHED,
            "Send less: split the file, or leave out what is not needed.",
            "Size",
            "everything works",
        ),
        ErrorPage(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Can't be used",
            "What was sent can't be used",
            "",
            _UNTOUCHED,
            "Go back, mend what is listed and send it again.",
            "Input",
            "not the platform",
        ),
        ErrorPage(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "Fault",
            "Callboard has a fault",
            "The page could not be made. The reference below is in the server's log, with the details.",
            "At most this one change. What was saved before is kept, and runs go on.",
            "Try again. If it stays, give the reference to whoever runs this server.",
            "Platform",
            "not you, not your agent",
        ),
        ErrorPage(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Unavailable",
            "Something this needs does not answer",
            "",
            "Nothing. What was saved before is kept, and what waits goes on by itself.",
            "Try again in a moment. System health says what is missing and how to mend it.",
            "Platform",
            "not you, not your agent",
        ),
    )
}

_STATUS: dict[ErrorKind, HTTPStatus] = {
    ErrorKind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorKind.MISPLACED: HTTPStatus.BAD_REQUEST,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}

#: The end of a sentence that another one follows.
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=\S)")


def page_of(error: DomainError) -> ErrorPage:
    """Return the page of an error: its first sentence is the title, the rest says why.

    `details` may bring better words: `lost`, `fix`, a `command` that fixes it, and `cause`.
    """
    page = PAGES[_STATUS[error.kind]]
    title, *rest = _SENTENCE.split(error.message, maxsplit=1)
    if len(error.problems) > 1:
        title, rest = f"What was sent has {len(error.problems)} problems", []
    return replace(
        page,
        title=title.removesuffix("."),
        why=rest[0] if rest else _why(page, error),
        lost=str(error.details.get("lost") or page.lost),
        remedy=str(error.details.get("fix") or page.remedy),
        command=str(error.details.get("command") or ""),
        cause=str(error.details.get("cause") or page.cause).capitalize(),
        code=error.code,
        problems=error.problems if len(error.problems) > 1 or any(row.path for row in error.problems) else (),
    )


def _why(page: ErrorPage, error: DomainError) -> str:
    # A 404 never says whether the thing exists elsewhere: its own general sentence covers both.
    return page.why if error.kind is ErrorKind.NOT_FOUND else ""
