"""What a commit holds, judged before any of it is written out. Pure."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from agents.sources.cloning.errors import CloneFailed

MEBIBYTE = 1024 * 1024
#: The same as of an unpacked archive.
MOST_BYTES = 500 * MEBIBYTE
MOST_FILES = 100_000
LONGEST_PATH = 1_000
LONGEST_TARGET = 4_000
_LINK = "120000"
_SUBMODULE = "160000"


class Entry(NamedTuple):
    """One thing in a commit; `size` in bytes."""

    mode: str
    object: str
    size: int
    path: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a commit, by sort. A submodule is a place where another repository would be."""

    files: tuple[Entry, ...]
    links: tuple[Entry, ...]
    submodules: tuple[str, ...]

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files)


def listing(said: bytes) -> Listing:
    """Read `git ls-tree -r -l -z`; raise CloneFailed for what is too much to be unpacked."""
    files: list[Entry] = []
    links: list[Entry] = []
    submodules: list[str] = []
    for entry in _entries(said):
        if entry.mode == _SUBMODULE:
            submodules.append(entry.path)
        else:
            (links if entry.mode == _LINK else files).append(entry)
    found = Listing(tuple(files), tuple(links), tuple(submodules))
    _refuse_much(found)
    return found


def refuse_leading_out(links: Mapping[str, str]) -> None:
    """Raise CloneFailed for a link, by its path, whose target is not below the repository's own folder."""
    for path, target in links.items():
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if not target or target.startswith("/") or "\0" in target or place == ".." or place.startswith("../"):
            raise CloneFailed(
                f"{shown(path)} is a link that leads out of the repository. Take it out, or make it a file."
            )
        if len(target) > LONGEST_TARGET:
            raise CloneFailed(f"{shown(path)} is a link with a target that is too long.")


def shown(path: str) -> str:
    """Return a path as a sentence can have it."""
    return path.encode(errors="surrogateescape").decode(errors="replace")[:200]


def _entries(said: bytes) -> Iterator[Entry]:
    for line in filter(None, said.split(b"\0")):
        facts, _, path = line.partition(b"\t")
        mode, _, name, size = facts.decode("ascii").split()
        yield Entry(mode, name, int(size) if size.isdecimal() else 0, path.decode(errors="surrogateescape"))


def _refuse_much(found: Listing) -> None:
    count = len(found.files) + len(found.links)
    if count > MOST_FILES:
        raise CloneFailed(f"The repository has {count:,} files. Use one with at most {MOST_FILES:,}.")
    if found.size > MOST_BYTES:
        megabytes = -(-found.size // MEBIBYTE)
        raise CloneFailed(f"The repository's files have {megabytes:,} MB. Use at most {MOST_BYTES // MEBIBYTE} MB.")
    for entry in (*found.files, *found.links):
        if len(entry.path) > LONGEST_PATH:
            raise CloneFailed(
                f"A path in the repository has more than {LONGEST_PATH:,} characters: {shown(entry.path)}"
            )
