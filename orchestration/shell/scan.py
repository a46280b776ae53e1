r"""Where in a shell script a placeholder stands, and how a variable must be written there.

The script is read once, in the order in which bash reads it, with a stack of what is open: code, double quotes, single
quotes. What can't be followed with certainty (backticks, nested `${…}`, `case` inside brackets) ends the reading:
a placeholder behind it is refused, and a script without one is let be.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from orchestration.shell.documents import INSTEAD, MARK, Document, end_of_body, filled, opened
from orchestration.shell.words import ARRAY, ShellError, check_input, check_word, is_assignment, is_before_command

__all__ = ["MARK", "with_references"]

_SIMPLE_BRACE = re.compile(r"\$\{[!#]?[\w@*?$#-]+(?:\[[\w@*$]+\])?[^}'\"`$\\{\0]*\}")
_ARITHMETIC = re.compile(r"[\w\s+*/%<>=!&|^~?:,.()-]|\$\w")
_BACKTICKS = "What is in backticks can't be followed: write $(…) instead."
_BLANKS = " \t"
_ENDS_COMMAND = ";&|"
#: A line that goes on, and an ampersand that belongs to a redirection: neither ends a word.
_JOINS = re.compile(r"\\\n|&>|(?<=[<>])&")


class _Kind(Enum):
    CODE = auto()
    DOUBLE = auto()
    SINGLE = auto()
    ANSI = auto()  #: $'…'


@dataclass
class _Frame:
    """Something that is open. Of code, also the words of the command that is being read, and where the last began."""

    kind: _Kind
    words: list[str] = field(default_factory=list)
    word_start: int | None = None
    is_target: bool = False  #: the word is where a redirection leads
    is_input: bool = False  #: the word is what the command reads
    refusal: str = ""  #: why no value may become part of what is printed here


class _Lost(Exception):
    """From here on nothing is certain. The sentence says why."""


def with_references(script: str, variables: Sequence[str]) -> str:
    """Return a script with the n-th mark as a reference to the n-th variable; raise ShellError where none is safe."""
    return _Reader(script, variables).read()


class _Reader:
    def __init__(self, script: str, variables: Sequence[str]) -> None:
        self._text = script
        self._variables = iter(variables)
        self._at = 0
        self._out: list[str] = []
        self._frames = [_Frame(_Kind.CODE)]
        self._documents: list[tuple[Document, _Frame]] = []
        self._has_case = False

    def read(self) -> str:
        try:
            while self._at < len(self._text):
                self._step()
            self._ensure_closed()
        except _Lost as lost:
            if MARK in self._text[self._at :]:
                raise ShellError(f"A placeholder can't be put in safely. {lost}") from lost
            self._copy(len(self._text) - self._at)
        return "".join(self._out)

    def _ensure_closed(self) -> None:
        if len(self._frames) > 1 or self._documents:
            self._at = 0
            raise _Lost("The quotes or brackets of the script do not match up.")

    @property
    def _code(self) -> _Frame:
        return next(frame for frame in reversed(self._frames) if frame.kind is _Kind.CODE)

    def _next(self, length: int, *, skip: int = 0) -> str:
        return self._text[self._at + skip : self._at + skip + length]

    def _copy(self, length: int) -> None:
        self._out.append(self._text[self._at : self._at + length])
        self._at += length

    def _step(self) -> None:
        match self._frames[-1].kind:
            case _Kind.CODE:
                self._step_in_code()
            case _Kind.DOUBLE:
                self._step_in_double()
            case _Kind.SINGLE:
                self._step_in_single("'\"${%s}\"'")
            case _Kind.ANSI:
                self._step_in_ansi()

    def _step_in_code(self) -> None:
        if not self._separator():
            self._begin_word()
            self._part_of_word()

    def _separator(self) -> bool:
        """Read what stands between words, if that is what comes next."""
        character = self._next(1)
        if character == "#" and self._code.word_start is None:
            self._comment()
        elif character in _BLANKS:
            self._end_word()
            self._copy(1)
        elif character == "\n":
            self._end_line()
        elif (joined := _JOINS.match(self._text, self._at)) is not None:
            self._copy(len(joined[0]))
        elif character in _ENDS_COMMAND:
            self._end_command()
            self._copy(1)
        elif character in "()":
            self._bracket(character)
        elif character in "<>":
            self._redirection()
        else:
            return False
        return True

    def _part_of_word(self) -> None:
        character = self._next(1)
        if character == "\\":
            self._copy(2)
        elif character in "'\"":
            self._open(_Frame(_Kind.SINGLE if character == "'" else _Kind.DOUBLE), 1)
        elif character == "$":
            self._dollar(in_code=True)
        elif character == "`":
            raise _Lost(_BACKTICKS)
        elif character == MARK:
            self._refer('"${%s}"')
        else:
            self._copy(1)

    def _step_in_double(self) -> None:
        character = self._next(1)
        if character == "\\":
            self._copy(2)
        elif character == '"':
            self._close()
        elif character == "$":
            self._dollar(in_code=False)
        elif character == "`":
            raise _Lost(_BACKTICKS)
        elif character == MARK:
            self._refer("${%s}")
        else:
            self._copy(1)

    def _step_in_single(self, reference: str) -> None:
        character = self._next(1)
        if character == "'":
            self._close()
        elif character == MARK:
            self._refer(reference)
        else:
            self._copy(1)

    def _step_in_ansi(self) -> None:
        if self._next(1) == "\\":
            self._copy(2)
        else:
            self._step_in_single("'\"${%s}\"$'")

    def _dollar(self, *, in_code: bool) -> None:
        """Read what a dollar sign begins."""
        following = self._next(1, skip=1)
        if following == MARK:
            raise ShellError("A placeholder can't follow a dollar sign: write {{name}} alone.")
        if following == "(":
            if self._next(1, skip=2) == "(":
                return self._arithmetic(3)
            return self._open(_Frame(_Kind.CODE, refusal=self._refusal_here()), 2)
        if following == "{":
            simple = _SIMPLE_BRACE.match(self._text, self._at)
            if simple is None:
                raise _Lost(f"A ${{…}} with quotes, braces or placeholders in it can't be followed. {INSTEAD}")
            return self._copy(len(simple[0]))
        if following == "[":
            raise _Lost("Bash computes in $[…], and could run a value there as code.")
        if in_code and following in {"'", '"'}:
            return self._open(_Frame(_Kind.ANSI if following == "'" else _Kind.DOUBLE), 2)
        return self._copy(1)

    def _arithmetic(self, opening: int) -> None:
        """Read `((…))`, in which bash would run a value as code."""
        end, depth = self._at + opening, 2
        while depth:
            if self._text[end : end + 1] == MARK:
                raise ShellError("Bash computes in ((…)), and could run a value there as code: no placeholder there.")
            part = _ARITHMETIC.match(self._text, end)
            if part is None:
                raise _Lost("What is in ((…)) can't be followed.")
            depth += {"(": 1, ")": -1}.get(part[0], 0)
            end = part.end()
        self._copy(end - self._at)

    def _bracket(self, character: str) -> None:
        if character == "(":
            if self._next(2) == "((":
                return self._arithmetic(2)
            return self._open(self._bracketed(), 1)
        self._end_command()
        if len(self._frames) > 1:
            return self._close()
        if not self._has_case:
            raise _Lost("The brackets of the script do not match up.")
        return self._copy(1)

    def _redirection(self) -> None:
        code = self._code
        if code.word_start is not None and self._text[code.word_start : self._at].isdecimal():
            code.word_start = None
        self._end_word()
        if self._next(2) == "<<" and self._next(3) != "<<<":
            return self._here_document()
        code.is_target = self._next(1, skip=1) != "("
        code.is_input = self._next(3) == "<<<"
        return self._copy(3 if code.is_input else 1)

    def _here_document(self) -> None:
        document = opened(self._text, self._at)
        if document is None:
            raise _Lost("The delimiter of a here-document can't be followed.")
        try:
            check_input(self._code.words)
        except ShellError as error:
            document = document._replace(refusal=str(error))
        self._documents.append((document, self._frames[-1]))
        self._copy(document.length)

    def _end_line(self) -> None:
        self._end_command()
        self._copy(1)
        for document, frame in self._documents:
            if frame is not self._frames[-1]:
                raise _Lost("A here-document that begins inside brackets can't be followed.")
            end = end_of_body(self._text, self._at, document)
            self._out.append(filled(self._text[self._at : end], document, self._variables))
            self._at = end
        self._documents = []

    def _comment(self) -> None:
        end = self._text.find("\n", self._at)
        comment = self._text[self._at : None if end < 0 else end]
        self._out.append(re.sub(MARK, lambda _: next(self._variables), comment))
        self._at += len(comment)

    def _bracketed(self) -> _Frame:
        """Return what a bracket opens: the elements of an array, commands that a file stands for, or commands."""
        code = self._code
        if code.word_start is not None and is_assignment(self._text[code.word_start : self._at]):
            return _Frame(_Kind.CODE, words=[ARRAY])
        is_file = self._text[self._at - 1 : self._at] in {"<", ">"} and bool(code.words)
        return _Frame(_Kind.CODE, refusal=self._refusal_here() if is_file else "")

    def _refusal_here(self) -> str:
        """Return why a value may not stand here, nor what commands make of it; nothing where it may."""
        code = self._code
        start = self._at if code.word_start is None else code.word_start
        try:
            if not code.is_target:
                check_word(code.words, self._text[start : self._at])
            elif code.is_input:
                check_input(code.words)
        except ShellError as error:
            return str(error)
        return ""

    def _open(self, frame: _Frame, length: int) -> None:
        self._begin_word()
        self._frames.append(frame)
        self._copy(length)

    def _close(self) -> None:
        if any(frame is self._frames[-1] for _, frame in self._documents):
            raise _Lost("A here-document that begins inside brackets can't be followed.")
        self._frames.pop()
        self._copy(1)

    def _refer(self, reference: str) -> None:
        for refusal in (self._refusal_here(), *(frame.refusal for frame in self._frames)):
            if refusal:
                raise ShellError(refusal)
        self._out.append(reference % next(self._variables))
        self._at += 1

    def _begin_word(self) -> None:
        frame = self._frames[-1]
        if frame.kind is _Kind.CODE and frame.word_start is None:
            frame.word_start = self._at

    def _end_word(self) -> None:
        frame = self._code
        if frame.word_start is None:
            return
        word = self._text[frame.word_start : self._at]
        frame.word_start = None
        if frame.is_target:
            frame.is_target = False
        elif frame.words or not is_before_command(word):
            if not frame.words and word == "case":
                self._note_case()
            frame.words.append(word)

    def _note_case(self) -> None:
        if len(self._frames) > 1:
            raise _Lost("A `case` inside brackets can't be followed.")
        self._has_case = True

    def _end_command(self) -> None:
        self._end_word()
        code = self._code
        code.words[:] = code.words[:1] if code.words[:1] == [ARRAY] else []
        code.is_target = False
