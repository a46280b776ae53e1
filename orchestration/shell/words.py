"""Which words of a command a value may become: arguments, but never the command's name nor code for another reader."""

import re
from collections.abc import Sequence


class ShellError(ValueError):
    """A script, or a value for one, that can't be made safe; the sentence says why and what to do."""


#: Stands for the command where the words are the elements of an array.
ARRAY = "=()"
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_SUBSCRIPT = re.compile(r"[A-Za-z_]\w*\[")
#: Behind these the name of a command still follows.
_BEFORE_COMMAND = frozenset(
    "if then else elif do while until ! { time exec command builtin env sudo nohup nice xargs".split()  # noqa: SIM905
)
_READS_CODE = frozenset({"eval", "source", ".", "trap", "alias", "let"})
_READS_NAMES = frozenset({"unset", "read", "readarray", "mapfile", "getopts", "wait"})
_DECLARES = frozenset({"declare", "typeset", "local", "readonly", "export"})
_INTERPRETER = re.compile(r"(?:\S*/)?(?:(?:ba|da|z|k|a)?sh|python[\d.]*|perl|ruby|node|deno|bun|php|lua)")
_CODE_OPTION = re.compile(r"-\w*[cerpE]|--(?:eval|exec|command|print)")


def is_assignment(beginning: str) -> bool:
    """Whether a word that begins like this is an assignment, such as `name=` or `name+=`."""
    return _ASSIGNMENT.match(beginning) is not None


def is_before_command(word: str) -> bool:
    """Whether the name of the command still follows behind this word, where a command begins."""
    return word in _BEFORE_COMMAND or is_assignment(word)


def check_word(words: Sequence[str], beginning: str) -> None:
    """Raise ShellError where a value may not stand: `words` of the command before it, and the word's own beginning."""
    if not words:
        _check_first(beginning)
        return
    command = words[0]
    if command == ARRAY and beginning.startswith("["):
        raise ShellError("A placeholder can't be the index of an array: bash could run it as code.")
    if command in _READS_CODE:
        raise ShellError(f"{command} reads its arguments as code, so no placeholder may be one of them.")
    if command in _READS_NAMES or (command in _DECLARES and not is_assignment(beginning)) or words[-1] == "-v":
        raise ShellError(f"A placeholder can't be the name of a variable, as it would be for {command}.")
    if _CODE_OPTION.fullmatch(words[-1]) and any(_INTERPRETER.fullmatch(word) for word in words[:-1]):
        raise ShellError(
            f"A placeholder can't be part of the code that {command} is given. Pass it as an argument behind the code: "
            "bash -c 'echo \"$1\"' - {{name}}."
        )


def _check_first(beginning: str) -> None:
    if is_assignment(beginning):
        return
    if _SUBSCRIPT.match(beginning):
        raise ShellError("A placeholder can't be the index of an array: bash could run it as code.")
    raise ShellError("A placeholder can't choose which command runs. Use `case` to choose between commands you name.")
