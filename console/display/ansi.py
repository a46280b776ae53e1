"""Terminal output as HTML: colours become classes, every other command to the terminal is dropped.

A terminal can be told to overwrite a line, to hide text, to set the clipboard or to name a link. A page that shows
what a program printed must do none of that, so only SGR (colour, bold, faint, italic, underline) is understood, and
a lone carriage return starts a new line instead of writing over the present one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from django.utils.safestring import SafeString, mark_safe

from console.display.text import visible

_COMMAND = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]{0,64})m"
    # Everything else a terminal would obey. CSI:
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    # The strings (OSC, DCS, SOS, PM, APC) with their body, but only where it ends on the same line: one without an
    # end must not hide the rest of the text.
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])(?:[^\x07\x1b\n\x80-\x9f]*(?:\x07|\x1b\\|\x9c))?"
    # Commands of two bytes, C1 and the bell.
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x80-\x9f\x07]"
)
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_NAMED = 16
_EXTENDED = 38
_EXTENDED_GROUND = 48


@dataclass(frozen=True, slots=True)
class _Style:
    colour: str = ""
    ground: str = ""
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False

    @property
    def classes(self) -> str:
        names = [self.colour, self.ground and f"on-{self.ground}"]
        names += [name for name in ("bold", "faint", "italic", "underline") if getattr(self, name)]
        return " ".join(f"cb-ansi-{name}" for name in names if name)


_PLAIN = _Style()
_SET: dict[int, Callable[[_Style], _Style]] = {
    1: partial(replace, bold=True),
    2: partial(replace, faint=True),
    3: partial(replace, italic=True),
    4: partial(replace, underline=True),
    22: partial(replace, bold=False, faint=False),
    23: partial(replace, italic=False),
    24: partial(replace, underline=False),
}


def to_html(text: str) -> SafeString:
    """Return terminal output as HTML that is safe to show."""
    if text.isprintable():
        return visible(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return mark_safe("".join(_spans(text)))  # noqa: S308  # every piece went through `visible`, which escapes


def plain(text: str) -> str:
    """Return terminal output without any command to the terminal."""
    return _COMMAND.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _spans(text: str) -> Iterator[str]:
    style = _PLAIN
    position = 0
    for match in _COMMAND.finditer(text):
        yield _span(text[position : match.start()], style)
        position = match.end()
        if match["sgr"] is not None:
            style = _styled(style, match["sgr"])
    yield _span(text[position:], style)


def _span(text: str, style: _Style) -> str:
    if not text:
        return ""
    shown = visible(text)
    return f'<span class="{style.classes}">{shown}</span>' if style.classes else shown


def _styled(style: _Style, parameters: str) -> _Style:
    parts = iter(parameters.split(";"))
    for part in parts:
        # `38:5:1` is one parameter with its own parts, `38;5;1` is three parameters that say the same.
        head, _, rest = part.partition(":")
        code = int(head or 0)
        if code == 0:
            style = _PLAIN
        elif code in _SET:
            style = _SET[code](style)
        elif code == _EXTENDED:
            style = replace(style, colour=_extended(iter(rest.split(":")) if rest else parts))
        elif code == _EXTENDED_GROUND:
            style = replace(style, ground=_extended(iter(rest.split(":")) if rest else parts))
        else:
            style = _coloured(style, code)
    return style


def _coloured(style: _Style, code: int) -> _Style:
    tens, unit = divmod(code, 10)
    name = _COLOURS[unit] if unit < len(_COLOURS) else ""
    if tens in {3, 9}:
        return replace(style, colour=name)
    if tens in {4, 10}:
        return replace(style, ground=name)
    return style


def _extended(parts: Iterator[str]) -> str:
    """Read the rest of a 256-colour or 24-bit colour; only the first sixteen have a name here."""
    mode = next(parts, "")
    if mode == "2":
        for _ in range(3):
            next(parts, "")
        return ""
    index = int(next(parts, "") or _NAMED) if mode == "5" else _NAMED
    return _COLOURS[index % len(_COLOURS)] if index < _NAMED else ""
