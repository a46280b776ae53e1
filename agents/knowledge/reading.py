"""Gets the text out of an uploaded document. Pure; what is uploaded is trusted in nothing."""

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from html import unescape

import re2

from agents.knowledge.errors import DocumentUnreadable
from console.storable import unstorable

_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_FOREIGN = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\x1f\x8b", "compressed"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
)
#: So many times as long as its file a table may become by the names in front of its cells.
_MOST_GROWTH = 4
_SAVE_AS_TEXT = "Save it as plain text and upload that."


def _unseen(text: str) -> "re2._Regexp[str]":
    """Return a pattern whose search is linear in the length of the text, although it looks for an end far away."""
    options = re2.Options()
    options.case_sensitive, options.dot_nl = False, True
    return re2.compile(text, options)


# No parser that mends broken HTML: what such a one takes for a hostile page is not bounded by the page's length.
_UNSEEN = [
    _unseen(r"<!--.*?-->"),
    *(_unseen(rf"<{tag}(?:\s[^<>]*)?>.*?</{tag}\s*>") for tag in ("script", "style", "template", "noscript", "svg")),
]
# Each of these stops at the next bracket, so that they are linear too.
_BLOCKS = re.compile(
    r"</?(?:address|article|aside|blockquote|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|"
    r"main|nav|ol|p|pre|section|table|title|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_LINES = re.compile(r"<(?:br|tr)(?:\s[^<>]*)?/?>|</tr\s*>", re.IGNORECASE)
_CELLS = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_TAGS = re.compile(r"<[a-z/!?][^<>]*>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\f\xa0]+")
_AROUND_LINES = re.compile(r" ?\n ?")
_GAPS = re.compile(r"\n{3,}")


def text_of(kind: str, content: bytes) -> str:
    """Return the text of a document of a kind of `KINDS`; raise DocumentUnreadable."""
    text = KINDS[kind](_decoded(content))
    if not text.strip():
        raise DocumentUnreadable("There is no text in it. Upload a document that holds some.")
    if next(unstorable(text), None):
        place = next(index for index, character in enumerate(text, start=1) if next(unstorable(character), None))
        raise DocumentUnreadable(f"Character {place:,} is NUL or half of a character. {_SAVE_AS_TEXT}")
    return text


def _decoded(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            raise DocumentUnreadable(f"It is {name}. Save it as UTF-8.")
    for mark, name in _FOREIGN:
        if content.startswith(mark):
            raise DocumentUnreadable(f"It is {name}, and that can’t be read here. {_SAVE_AS_TEXT}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentUnreadable(f"It is not UTF-8 at byte {error.start + 1:,}. Save it as UTF-8.") from error


def _plain(text: str) -> str:
    return text


def _html(text: str) -> str:
    """Return what a reader of the page would see, a line for each block."""
    for unseen in _UNSEEN:
        text = unseen.sub(" ", text)
    text = _BLANKS.sub(" ", text.replace("\n", " "))
    text = _CELLS.sub(" | ", _LINES.sub("\n", _BLOCKS.sub("\n\n", text)))
    text = unescape(_TAGS.sub("", text))
    return _GAPS.sub("\n\n", _AROUND_LINES.sub("\n", _BLANKS.sub(" ", text))).strip()


def _json(text: str) -> str:
    """Return JSON with a line for each value, so that it can be cut between them.

    Without indentation, of which deep JSON would need many times its own length.
    """
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",\n", ": "))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise DocumentUnreadable(f"It is not JSON: {error.msg} at {where}. Mend it, or upload it as .txt.") from error
    except (RecursionError, ValueError) as error:
        raise DocumentUnreadable("Its JSON is too deep or holds too long a number. Upload it as .txt.") from error


def _csv(text: str) -> str:
    """Return each row as a paragraph of `column: value` lines, so that a row found alone says what its cells are."""
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except (csv.Error, ValueError):  # ValueError: there is no row at all
        return text
    if not rows:
        return text
    names = sum(len(name) + 2 for name in header)
    if any(len(row) != len(header) for row in rows) or len(rows) * names > _MOST_GROWTH * len(text):
        return text  # no table, or one whose names would drown its cells: its lines are taken as they stand
    paragraphs = ("\n".join(f"{name}: {cell}" for name, cell in zip(header, row, strict=True)) for row in rows)
    return "\n\n".join(paragraphs)


#: How documents are read, by the ending of their name.
KINDS: Mapping[str, Callable[[str], str]] = {
    "txt": _plain,
    "md": _plain,
    "markdown": _plain,
    "csv": _csv,
    "json": _json,
    "html": _html,
    "htm": _html,
}
