"""Here-documents: where their bodies end, and what may be put into them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from orchestration.shell.words import ShellError

#: Stands for a placeholder in the text that is read. No script can hold it.
MARK = "\0"
INSTEAD = 'Assign it to a variable on a line of its own first, name={{…}}, and use "$name" here.'

_DELIMITER = re.compile(
    r"<<-?[ \t]*(?:(?P<bare>\w[\w.+-]*)|'(?P<single>[^'\n\0]+)'|\"(?P<double>[^\"\n\0$`\\]+)\"|\\(?P<escaped>\w+))"
    r"(?=[\s;&|()<>]|$)"
)
_HARD = re.compile(r"`|\$[({\[\0]|\\\0")


class Document(NamedTuple):
    """A here-document whose body is still to come. `refusal` says why nothing may be put into it, if so."""

    delimiter: str
    is_literal: bool
    strips_tabs: bool
    length: int
    refusal: str = ""


def opened(text: str, at: int) -> Document | None:
    """Return the document that `<<` at a place of a script begins; None for a delimiter that can't be followed."""
    found = _DELIMITER.match(text, at)
    if found is None:
        return None
    delimiter = found["bare"] or found["single"] or found["double"] or found["escaped"]
    return Document(delimiter, found["bare"] is None, found[0].startswith("<<-"), len(found[0]))


def end_of_body(text: str, at: int, document: Document) -> int:
    """Return where the body that begins at a place ends, its last line included."""
    while at < len(text):
        end = text.find("\n", at)
        line = text[at : None if end < 0 else end]
        at = len(text) if end < 0 else end + 1
        if (line.lstrip("\t") if document.strips_tabs else line) == document.delimiter:
            break
    return at


def filled(body: str, document: Document, variables: Iterator[str]) -> str:
    """Return a body with references for its marks; raise ShellError where none is safe."""
    if MARK not in body:
        return body
    if document.refusal:
        raise ShellError(document.refusal)
    if document.is_literal:
        raise ShellError(
            f"Nothing is put in inside the here-document {document.delimiter}, because its delimiter is quoted. "
            "Take the quotes away, or assign the placeholder to a variable first."
        )
    if _HARD.search(body):
        raise ShellError(f"A here-document with commands in it can't hold a placeholder. {INSTEAD}")
    return re.sub(MARK, lambda _: f"${{{next(variables)}}}", body)
