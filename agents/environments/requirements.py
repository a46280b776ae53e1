"""Which Python requirements may stand in an environment. Pure.

A requirement names a package of the index, with extras, versions and markers. Options, paths and addresses are refused:
what they lead to can change without the text changing, so that a prepared environment could not be known by its text,
and an address may hold a secret where everybody can read it.
"""

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_COMMENT = re.compile(r"(^|\s)#.*$")
_PATH = re.compile(r"^(\.{0,2}/|[A-Za-z]:\\|~)")
_ADDRESS = re.compile(r"^([a-z+]+://|git@)", re.IGNORECASE)


def requirement_problem(text: str) -> str:
    """Return why a text can't be a requirement, or nothing."""
    if text.startswith("-"):
        return f"{text.split(maxsplit=1)[0]} is an option of pip. Write requirements alone, one on each line."
    if _PATH.match(text) or text.endswith((".whl", ".tar.gz", ".zip")):
        return f"{text} is a path. Name a package of the index, or ship the code with the agent."
    if _ADDRESS.match(text):
        return _no_address(text)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        return f"{text} is not a requirement, such as httpx>=0.28: {str(error).splitlines()[0].rstrip('.')}."
    return _no_address(text) if requirement.url else ""


def _no_address(text: str) -> str:
    name = text.partition("@")[0].strip() if "@" in text and not _ADDRESS.match(text) else text.partition("://")[0]
    return f"{name} leads to an address. Name a package of the index, or ship the code with the agent."


def distribution_of(text: str) -> str:
    """Return the package that a requirement without problems names, with its marker: one may stand for each Python."""
    requirement = Requirement(text)
    marker = f"; {requirement.marker}" if requirement.marker else ""
    return f"{canonicalize_name(requirement.name)}{marker}"


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that say something, as people paste them: without comments and blank ones."""
    stripped = (_COMMENT.sub("", line).strip() for line in text.splitlines())
    return [line for line in stripped if line]


def normalized(requirements: list[str]) -> list[str]:
    """Return requirements in the one form that all their spellings share, sorted."""
    return sorted(str(Requirement(text)) for text in requirements)
