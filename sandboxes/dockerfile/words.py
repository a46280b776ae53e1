"""Words of an instruction: where one ends, and what it comes to without its quotes and with its variables filled in."""

import re
from collections.abc import Mapping

#: A value that outgrows this is refused: values made of each other double with every line.
LONGEST_VALUE = 32 * 1024
_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^{}]*))?\})")
_BLANKS = " \t"


class WordError(ValueError):
    """A word can't be read. The message is a sentence."""


def split_words(text: str, escape: str) -> list[str]:
    """Return the words of a text as they are written. Blanks within quotes, and escaped ones, end none."""
    words: list[str] = []
    word, quote, position = "", "", 0
    while position < len(text):
        char = text[position]
        if char == escape and quote != "'" and position + 1 < len(text):
            word += text[position : position + 2]
            position += 2
            continue
        if char in _BLANKS and not quote:
            words += [word] if word else []
            word = ""
        else:
            quote = _quote_behind(quote, char)
            word += char
        position += 1
    return [*words, word] if word else words


def _quote_behind(quote: str, char: str) -> str:
    """Return the quotation mark that is open behind a character."""
    if quote:
        return "" if char == quote else quote
    return char if char in {"'", '"'} else ""


def expand(word: str, values: Mapping[str, str], escape: str) -> str:
    """Return what a word comes to; raise WordError. Variables that are not set are empty."""
    found: list[str] = []
    quote, position = "", 0
    while position < len(word):
        char = word[position]
        if char == escape and quote != "'":
            found.append(_escaped(word[position + 1 : position + 2], quote, escape))
            position += 2
        elif char == "$" and quote != "'":
            text, position = _variable(word, position, values)
            found.append(text)
        else:
            behind = _quote_behind(quote, char)
            if behind == quote:
                found.append(char)
            quote, position = behind, position + 1
    if quote:
        raise WordError(f"A quotation mark {quote} is not closed.")
    return _bounded("".join(found))


def _escaped(char: str, quote: str, escape: str) -> str:
    """Return what an escaped character stands for. Between double quotes only a few can be escaped."""
    if quote and char not in {quote, "$", escape}:
        return escape + char
    return char or escape


def _variable(word: str, position: int, values: Mapping[str, str]) -> tuple[str, int]:
    match = _VARIABLE.match(word, position)
    if match is None:
        if word.startswith("${", position):
            raise WordError("Of ${…} only ${NAME}, ${NAME:-default} and ${NAME:+other} can be used.")
        return "$", position + 1
    name, operator, other = match[1] or match[2], match[3] or "", match[4] or ""
    value = values.get(name)
    is_set = bool(value) if operator.startswith(":") else value is not None
    if operator.endswith("-"):
        return (value or "") if is_set else other, match.end()
    if operator.endswith("+"):
        return other if is_set else "", match.end()
    return value or "", match.end()


def _bounded(text: str) -> str:
    if len(text) > LONGEST_VALUE:
        raise WordError(f"A value grows beyond {LONGEST_VALUE:,} characters.")
    return text
