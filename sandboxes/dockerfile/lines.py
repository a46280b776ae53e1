"""Cuts a Dockerfile body into instructions: comments, directives, continued lines and here-documents."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from sandboxes.dockerfile.instructions import DEFAULT_ESCAPE
from sandboxes.dockerfile.words import split_words

_DIRECTIVE = re.compile(r"#[ \t]*([A-Za-z][A-Za-z0-9_-]*)[ \t]*=[ \t]*(.*?)[ \t]*")
_HEREDOC = re.compile(r"(\d*)<<(-?)([^<]*)")
_QUOTES = "'\""
_KEYWORD = re.compile(r"(\S+)\s*(.*)", re.DOTALL)
_TAKE_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})


class Fault(NamedTuple):
    """What is wrong with one line. The first line is 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Heredoc:
    """`word` is what it is opened with, `<<-"EOF"`; `name` is the line that ends it."""

    word: str
    name: str
    is_indented: bool
    body: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction on one line, with the number of its first, and the here-documents that it opens."""

    line: int
    keyword: str
    rest: str
    heredocs: tuple[Heredoc, ...] = ()


@dataclass(slots=True)
class Cut:
    escape: str = DEFAULT_ESCAPE
    instructions: list[Instruction] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def cut(text: str) -> Cut:
    """Return the instructions of a body, of whatever kind, and what keeps a line from being one."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    found = Cut()
    position = _directives(lines, found)
    while position < len(lines):
        position = _instruction(lines, position, found)
    return found


def _directives(lines: list[str], found: Cut) -> int:
    """Take the parser directives, which stand before everything else; return where they end."""
    seen: set[str] = set()
    for position, line in enumerate(lines):
        match = _DIRECTIVE.fullmatch(line.strip(" \t"))
        name = match[1].lower() if match else ""
        if not match or name not in {"escape", "syntax", "check"}:
            return position
        if problem := _directive_problem(name, match[2], seen):
            found.faults.append(Fault(position + 1, problem))
        elif name == "escape":
            found.escape = match[2]
        seen.add(name)
    return len(lines)


def _directive_problem(name: str, value: str, seen: set[str]) -> str:
    if name == "syntax":
        return "# syntax= loads another reader of Dockerfiles, which is not allowed. Remove the line."
    if name in seen:
        return f"# {name}= stands there twice. Remove one."
    if name == "escape" and value not in {"\\", "`"}:
        return "# escape= takes \\ or `."
    return ""


def _instruction(lines: list[str], position: int, found: Cut) -> int:
    """Take the instruction that begins at or behind a position, if there is one; return where to go on."""
    first = lines[position].strip(" \t")
    if not first or first.startswith("#"):
        return position + 1
    start, (joined, position) = position, _joined(lines, position, found)
    match = _KEYWORD.fullmatch(joined.strip())
    keyword, rest = match.groups() if match else ("", "")
    heredocs: list[Heredoc] = []
    if keyword.upper() in _TAKE_HEREDOCS:
        for opened in _opened(rest, found.escape):
            body, position = _body(lines, position, opened, start + 1, found)
            heredocs.append(Heredoc(opened.word, opened.name, opened.is_indented, body))
    if keyword:
        found.instructions.append(Instruction(start + 1, keyword, rest, tuple(heredocs)))
    return position


def _joined(lines: list[str], position: int, found: Cut) -> tuple[str, int]:
    """Join the lines that are continued, leaving out comments and blanks between them; return where they end."""
    parts: list[str] = []
    start, is_open = position, True
    continued = re.compile(rf"(.*?)(?<!{re.escape(found.escape)}){re.escape(found.escape)}[ \t]*")
    while is_open and position < len(lines):
        line = lines[position]
        position += 1
        bare = line.strip(" \t")
        if parts and (not bare or bare.startswith("#")):
            continue
        match = continued.fullmatch(line)
        is_open = match is not None
        parts.append(match[1] if match else line)
    if is_open:
        found.faults.append(Fault(start + 1, "The last line is continued, and nothing follows it."))
    return "".join(parts), position


def _opened(rest: str, escape: str) -> list[Heredoc]:
    """Return the here-documents that an instruction opens, without their bodies."""
    found = []
    for word in split_words(rest, escape):
        match = _HEREDOC.fullmatch(word)
        name = match[3] if match else ""
        if match and name[:1] in _QUOTES and name[-1:] == name[:1] and len(name) > 2:  # noqa: PLR2004  # and one between
            name = name[1:-1]
        if match and name and not set(name) & set(_QUOTES):
            found.append(Heredoc(word, name, match[2] == "-"))
    return found


def _body(lines: list[str], position: int, opened: Heredoc, start: int, found: Cut) -> tuple[str, int]:
    """Return the body of a here-document as it is written, and where to go on."""
    for end in range(position, len(lines)):
        line = lines[end].lstrip("\t") if opened.is_indented else lines[end]
        if line == opened.name:
            return "".join(f"{line}\n" for line in lines[position:end]), end + 1
    found.faults.append(Fault(start, f"The here-document {opened.word} has no end: no line says {opened.name}."))
    return "", len(lines)
