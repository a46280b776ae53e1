"""Which refs may be asked for, and which commit a repository means by one. Pure."""

import re
from collections.abc import Mapping
from typing import NamedTuple

LONGEST_REF = 255
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+@-]*")
#: What git itself refuses in the name of a ref (git-check-ref-format), as far as the pattern lets it through.
_REFUSED = re.compile(r"\.\.|//|@\{|/\.|\.lock(/|$)|[./]$")
_WHOLE = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SHORT = re.compile(r"[0-9a-f]{7,63}")
_LINE = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)")

#: What a repository calls its commits, by the names of its refs. A tag that is an object of its own is there twice, the
#: second time with `^{}` and the commit.
Advertised = Mapping[str, str]


class RefMissing(Exception):
    """A ref names nothing, or more than one thing, in a repository. The sentence says which."""


class Found(NamedTuple):
    """A commit, and the full name of the ref that led to it, if one did."""

    commit: str
    name: str = ""


def ref_problem(ref: str) -> str:
    """Return what is wrong with a ref as it is written, or nothing. Blank stands for the default branch."""
    if not ref:
        return ""
    if len(ref) > LONGEST_REF:
        return f"Use at most {LONGEST_REF} characters."
    if not _REF.fullmatch(ref) or _REFUSED.search(ref):
        return "Write a branch, a tag or a commit's SHA, such as v1.2.0. It begins with a letter or a digit."
    return ""


def whole_commit(ref: str) -> str:
    """Return the commit that a ref is the full SHA of, or nothing."""
    return ref.lower() if _WHOLE.fullmatch(ref.lower()) else ""


def may_be_short(ref: str) -> bool:
    """Say whether a ref that is no branch and no tag may be the beginning of a commit's SHA."""
    return bool(_SHORT.fullmatch(ref.lower()))


def names_of(ref: str) -> list[str]:
    """Return the full names that a ref may stand for, the first one that there is wins: a branch, then a tag."""
    if not ref:
        return ["HEAD"]
    if ref.startswith("refs/"):
        return [ref]
    return [f"refs/heads/{ref}", f"refs/tags/{ref}"]


def advertised(said: str) -> dict[str, str]:
    """Read what `git ls-remote` prints. Lines that are none of its own are left out."""
    return {match[2]: match[1] for line in said.splitlines() if (match := _LINE.fullmatch(line))}


def by_name(ref: str, refs: Advertised) -> Found | None:
    """Return the commit of a branch or a tag; None where there is neither."""
    for name in names_of(ref):
        if name in refs:
            return Found(refs.get(f"{name}^{{}}", refs[name]), name)
    return None


def by_beginning(ref: str, refs: Advertised) -> Found | None:
    """Return the commit among the tips of a repository that begins with a short SHA; raise RefMissing for several."""
    peeled = {name.removesuffix("^{}") for name in refs if name.endswith("^{}")}
    tips = {commit: name for name, commit in sorted(refs.items()) if name not in peeled}
    found = [commit for commit in tips if commit.startswith(ref.lower())]
    if len(found) > 1:
        raise RefMissing(f"{ref} begins the SHA of {len(found)} commits. Write more of it.")
    return Found(found[0]) if found else None


def missing(ref: str) -> str:
    """Return the sentence for a ref that is not there."""
    if not ref:
        return "The repository has no commits, or no default branch. Push one, or name a ref."
    return f"The repository has no branch, tag or commit {ref!r}. Correct the ref."
