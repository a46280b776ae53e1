"""Which words of a command a value may become: arguments, but never the command's name nor code for another reader."""

import re
from collections.abc import Sequence


class ShellError(ValueError):
    """A script, or a value for one, that can't be made safe; the sentence says why and what to do."""


#: Stands for the command where the words are the elements of an array.
ARRAY = "=()"
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=")
_SUBSCRIPT = re.compile(r"[A-Za-z_]\w*\[")
#: Variables by which bash and the loader find or change what runs.
_OF_BASH = re.compile(
    r"BASH\w*|ENV|PATH|IFS|SHELLOPTS|PS\d|PROMPT_COMMAND|LD_\w+|PYTHON\w+|PERL\w+|NODE_OPTIONS|RUBYOPT"
)
#: Behind these the name of a command still follows.
_BEFORE_COMMAND = frozenset(
    "if then else elif do while until ! { time exec command builtin env sudo nohup nice xargs".split()  # noqa: SIM905
)
_READS_CODE = frozenset({"eval", "source", ".", "trap", "alias", "let", "compgen", "complete", "enable", "fc"})
_READS_NAMES = frozenset({"unset", "read", "readarray", "mapfile", "getopts", "wait"})
_DECLARES = frozenset({"declare", "typeset", "local", "readonly", "export"})
_INTERPRETER = re.compile(r"(?:\S*/)?(?:(?:ba|da|z|k|a)?sh|python[\d.]*|perl|ruby|node|deno|bun|php|lua)")
_CODE_OPTION = re.compile(r"-\w*[cerpE]|--(?:eval|exec|command|print)")
_SPLITS = frozenset({"-S", "-vS", "--split-string"})
_LIMITED = re.compile(r"timeout(?: -\S+)* \S+ ")


def is_assignment(beginning: str) -> bool:
    """Whether a word that begins like this is an assignment, such as `name=` or `name+=`."""
    return _ASSIGNMENT.match(beginning) is not None


def is_before_command(word: str) -> bool:
    """Whether the name of the command still follows behind this word, where a command begins."""
    return word in _BEFORE_COMMAND or is_assignment(word)


def takes_script(words: Sequence[str]) -> bool:
    """Whether the command is an interpreter that was given no code yet: what follows, or its input, is its code."""
    interpreter, *options = _LIMITED.sub("", " ".join(words), count=1).split(" ")
    is_told = any(_CODE_OPTION.fullmatch(option) for option in options[:-1])
    return (
        _INTERPRETER.fullmatch(interpreter) is not None
        and not is_told
        and ("-s" in options or all(option.startswith("-") for option in options))
    )


def check_word(words: Sequence[str], beginning: str) -> None:
    """Raise ShellError where a value may not stand: `words` of the command before it, and the word's own beginning."""
    if not words:
        _check_first(beginning)
        return
    command = words[0]
    if command == ARRAY:
        _check_element(beginning)
    if command in _READS_CODE or words[-1] in _SPLITS:
        raise ShellError(f"{command} reads its arguments as code, so no placeholder may be one of them.")
    if command in _READS_NAMES or (command in _DECLARES and not is_assignment(beginning)) or words[-1] == "-v":
        raise ShellError(f"A placeholder can't be the name of a variable, as it would be for {command}.")
    if command in _DECLARES:
        _check_name(beginning)
    if _CODE_OPTION.fullmatch(words[-1]) and any(_INTERPRETER.fullmatch(word) for word in words[:-1]):
        raise ShellError(
            f"A placeholder can't be part of the code that {command} is given. Pass it as an argument behind the code: "
            "bash -c 'echo \"$1\"' - {{name}}."
        )
    if "-s" not in words and takes_script(words):
        raise ShellError(f"A placeholder can't choose the code that {command} runs. Name the file yourself.")


def check_input(words: Sequence[str]) -> None:
    """Raise ShellError where what a command reads from its input is code."""
    if takes_script(words):
        raise ShellError(
            f"{words[0]} would run what it reads here as code, so no placeholder may be in it. Pass it as an argument: "
            f"{words[0]} -c '…' - {{{{name}}}}."
        )


def _check_first(beginning: str) -> None:
    if is_assignment(beginning):
        _check_name(beginning)
        return
    if _SUBSCRIPT.match(beginning):
        raise ShellError("A placeholder can't be the index of an array: bash could run it as code.")
    raise ShellError("A placeholder can't choose which command runs. Use `case` to choose between commands you name.")


def _check_name(beginning: str) -> None:
    name = _ASSIGNMENT.match(beginning)
    if name is not None and _OF_BASH.fullmatch(name[1]):
        raise ShellError(f"{name[1]} says what bash runs and how, so it can't come from a placeholder.")


def _check_element(beginning: str) -> None:
    if beginning.startswith("["):
        raise ShellError("A placeholder can't be the index of an array: bash could run it as code.")
