"""Reads a Dockerfile body, or says line by line why it can't be used."""

import json
import re
import unicodedata
from collections.abc import Iterator

from sandboxes.dockerfile.instructions import Dockerfile, Env, Run, Step, Workdir
from sandboxes.dockerfile.lines import Fault, Heredoc, Instruction, cut
from sandboxes.dockerfile.words import WordError, expand, split_words

LONGEST_BYTES = 32 * 1024
_SHELL = ("/bin/sh", "-c")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Set in every sandbox, whatever an image says.
_RESERVED = re.compile(r"PIPELINES_.*|CALLBOARD_.*|HOME|USER|LOGNAME")
#: Places that are the kernel's or ours: through some of them a folder would lead out of a container.
_CLOSED_PLACES = ("/proc", "/sys", "/dev", "/run/callboard", "/opt/callboard")
_NO_CONTEXT = "there is no build context to take files from. Fetch what you need in a RUN"
_WHY_NOT = {
    "FROM": "the base image is put before it",
    "COPY": _NO_CONTEXT,
    "ADD": _NO_CONTEXT,
    "USER": "builds and agents run as the normal user. Use sudo in a RUN",
    "ENTRYPOINT": "the sandbox starts what runs in it",
    "CMD": "the sandbox starts what runs in it",
    "ARG": "builds take no arguments. Use ENV",
    "SHELL": "RUN is run by /bin/sh. Start another shell in the RUN",
    "VOLUME": "the sandbox says what is mounted",
    "EXPOSE": "sandboxes offer no ports",
    "LABEL": "labels belong to the platform",
    "MAINTAINER": "labels belong to the platform",
    "HEALTHCHECK": "the sandbox is watched from outside",
    "STOPSIGNAL": "the sandbox ends what runs in it",
    "ONBUILD": "nothing is built upon this image",
}


class Refused(ValueError):
    """A body that can't be used. `faults` are in the order of the lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__(f"Line {self.faults[0].line}: {self.faults[0].message}")


def parse(text: str) -> Dockerfile:
    """Return the steps of a body; raise Refused with every line that can't be used."""
    if faults := list(_of_the_text(text)):
        raise Refused(faults)
    found = cut(text)
    faults, steps = found.faults, []
    for instruction in found.instructions:
        try:
            steps.append(_step(instruction, found.escape))
        except WordError as error:
            faults.append(Fault(instruction.line, str(error)))
    if not steps and not faults:
        faults.append(Fault(1, "Write at least one RUN, ENV or WORKDIR."))
    if faults:
        raise Refused(faults)
    return Dockerfile(tuple(steps), found.escape)


def _of_the_text(text: str) -> Iterator[Fault]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LONGEST_BYTES:
        yield Fault(1, f"It has {-(-size // 1024)} KB. Write at most {LONGEST_BYTES // 1024} KB.")
        return
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if any(unicodedata.category(char) in {"Cc", "Cs"} and char != "\t" for char in line):
            yield Fault(number, "It holds a control character. Remove it.")


def _step(instruction: Instruction, escape: str) -> Step:
    match instruction.keyword.upper():
        case "RUN":
            return _run(instruction, escape)
        case "ENV":
            return _env(instruction, escape)
        case "WORKDIR":
            return _workdir(instruction, escape)
        case other if other in _WHY_NOT:
            raise WordError(f"{other} can't be used: {_WHY_NOT[other]}.")
    shown = instruction.keyword[:40]
    raise WordError(f"{shown} is not an instruction that can be used. Use RUN, ENV and WORKDIR.")


def _run(instruction: Instruction, escape: str) -> Run:
    line, rest = instruction.line, instruction.rest
    if not rest:
        raise WordError("RUN needs a command.")
    if rest.startswith("--"):
        raise WordError(f"RUN takes no options here, such as {split_words(rest, escape)[0][:40]}. Remove it.")
    text = f"RUN {rest}"
    if (argv := _list_of_words(rest)) is not None:
        return Run(line, argv, text)
    if len(instruction.heredocs) == 1 and rest == instruction.heredocs[0].word:
        return _script(line, instruction.heredocs[0])
    # The shell itself reads the here-documents of a longer command.
    bodies = "".join(f"\n{heredoc.body}{heredoc.name}" for heredoc in instruction.heredocs)
    return Run(line, (*_SHELL, rest + bodies), text + bodies)


def _script(line: int, heredoc: Heredoc) -> Run:
    """Return the step of a RUN that is a here-document and nothing else."""
    body = re.sub(r"^\t+", "", heredoc.body, flags=re.MULTILINE) if heredoc.is_indented else heredoc.body
    if not body.strip():
        raise WordError("The here-document is empty.")
    text = f"RUN {heredoc.word}\n{heredoc.body}{heredoc.name}"
    return Run(line, (), text, script=body) if body.startswith("#!") else Run(line, (*_SHELL, body), text)


def _list_of_words(rest: str) -> tuple[str, ...] | None:
    """Return a command in its JSON form; None where it is none, so that a shell gets it."""
    if not rest.startswith("["):
        return None
    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    if not isinstance(words, list) or not words or not all(map(_is_text, words)):
        raise WordError('Write the command as a list of texts, such as ["ls", "-l"].')
    if not words[0]:
        raise WordError("The first text of the list names the program, and is empty.")
    return tuple(words)


def _is_text(word: object) -> bool:
    """Say whether a program can be given it: JSON also writes NUL characters and halves of others."""
    return isinstance(word, str) and not any(char == "\0" or unicodedata.category(char) == "Cs" for char in word)


def _env(instruction: Instruction, escape: str) -> Env:
    words = split_words(instruction.rest, escape)
    if not words:
        raise WordError("ENV needs a name and a value, such as NAME=value.")
    if "=" in words[0]:
        values = [_pair(word) for word in words]
    else:
        name, _, value = instruction.rest.replace("\t", " ").partition(" ")
        if not value.strip():
            raise WordError("ENV needs a name and a value, such as NAME=value.")
        values = [(name, instruction.rest[len(name) :].strip())]
    for name, value in values:
        _check_variable(name, value, escape)
    return Env(instruction.line, tuple(values), f"ENV {instruction.rest}")


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals:
        raise WordError(f"{word[:40]} is not NAME=value.")
    return name, value


def _check_variable(name: str, value: str, escape: str) -> None:
    if not _NAME.fullmatch(name):
        raise WordError(f"{name[:40]!r} is no name of a variable. Use letters, digits and underscores.")
    if _RESERVED.fullmatch(name):
        raise WordError(f"{name} is set by the sandbox itself.")
    expand(value, {}, escape)  # so that what can't be read is said now


def _workdir(instruction: Instruction, escape: str) -> Workdir:
    if not instruction.rest:
        raise WordError("WORKDIR needs a folder.")
    workdir_problem(expand(instruction.rest, {}, escape))
    return Workdir(instruction.line, instruction.rest, f"WORKDIR {instruction.rest}")


def workdir_problem(path: str) -> None:
    """Raise WordError for a folder that no step may start in. It may still be relative."""
    if any(f"{path}/".startswith(f"{closed}/") for closed in _CLOSED_PLACES) or "\0" in path:
        raise WordError(f"{path[:40]} can't be a working folder.")
