"""Decides from an archive's directory alone what is unpacked, and under which path."""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from agents.sources.unpacking.ending import find_directory
from agents.sources.unpacking.entries import Entry, read_entries
from agents.sources.unpacking.faults import ArchiveRefused, Fault
from agents.sources.unpacking.limits import Limits
from agents.sources.unpacking.names import checked_path, folded

_HEADER_BYTES = 30
#: What the Finder of macOS adds for itself at the top of the archives that it makes.
_FINDERS_OWN = frozenset({"__MACOSX", ".DS_Store"})


class Planned(NamedTuple):
    """One file or folder that is made: the entry, its path, and where in the archive its data must end."""

    entry: Entry
    parts: tuple[str, ...]
    border: int

    @property
    def path(self) -> str:
        return "/".join(self.parts)


class Plan(NamedTuple):
    """`flattened` is the single folder at the top whose contents are unpacked without it; blank where there is none."""

    items: tuple[Planned, ...]
    flattened: str
    unpacked_bytes: int

    @property
    def file_count(self) -> int:
        return sum(not item.entry.is_folder for item in self.items)


def plan_of(file: BinaryIO, limits: Limits) -> Plan:
    """Return what is to be unpacked of an archive; raise ArchiveRefused. Nothing of its contents is read."""
    directory = find_directory(file, limits)
    entries = list(read_entries(file, directory))
    borders = _borders(entries, directory.offset)
    items = [
        Planned(entry, checked_path(entry.name, limits), border) for entry, border in zip(entries, borders, strict=True)
    ]
    _refuse_collisions(items)
    items = [item for item in items if item.parts[0] not in _FINDERS_OWN]
    if all(item.entry.is_folder for item in items):
        raise ArchiveRefused(Fault.EMPTY, "There is no file in it.")
    total = sum(item.entry.size for item in items)
    if total > limits.unpacked:
        sentence = f"Unpacked it would be larger than {limits.unpacked // 1024**2} MB."
        raise ArchiveRefused(Fault.TOO_LARGE_UNPACKED, sentence)
    return Plan(*_flattened(items), total)


def _borders(entries: Sequence[Entry], end: int) -> list[int]:
    """Return where each entry's data must have ended: where the next one begins, or the directory."""
    order = sorted(range(len(entries)), key=lambda index: entries[index].offset)
    if entries[order[0]].offset != 0:
        raise ArchiveRefused(Fault.AMBIGUOUS, "Something stands before its first entry.")
    borders = [end] * len(entries)
    for index, following in zip(order, [*order[1:], None], strict=True):
        entry = entries[index]
        borders[index] = end if following is None else entries[following].offset
        if entry.offset + _HEADER_BYTES + len(entry.raw_name) + entry.packed > borders[index]:
            raise ArchiveRefused(Fault.OVERLAP, f"{entry.name} shares its data with another entry.")
    return borders


def _refuse_collisions(items: Iterable[Planned]) -> None:
    """Raise ArchiveRefused where two entries would be one file somewhere, or a file would be a folder too."""
    known: dict[tuple[str, ...], tuple[tuple[str, ...], bool]] = {}
    given: set[tuple[str, ...]] = set()
    for item in items:
        if item.parts in given:
            raise ArchiveRefused(Fault.COLLISION, f"{item.path} is in it twice.")
        given.add(item.parts)
        for parts, is_folder in _on_the_way(item):
            key = tuple(map(folded, parts))
            other, other_is_folder = known.setdefault(key, (parts, is_folder))
            if other != parts:
                sentence = f"{'/'.join(parts)} and {'/'.join(other)} are the same name where letters have no case."
                raise ArchiveRefused(Fault.COLLISION, sentence)
            if is_folder != other_is_folder:
                raise ArchiveRefused(Fault.COLLISION, f"{'/'.join(parts)} is a file and a folder at once.")


def _on_the_way(item: Planned) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the folders that an entry lies in, and itself, each with whether it is a folder."""
    for depth in range(1, len(item.parts)):
        yield item.parts[:depth], True
    yield item.parts, item.entry.is_folder


def _flattened(items: Sequence[Planned]) -> tuple[tuple[Planned, ...], str]:
    """Return what is left without the single folder at the top, and the name of that."""
    tops = {item.parts[0] for item in items}
    top = next(iter(tops))
    is_single = len(tops) == 1 and all(len(item.parts) > 1 or item.entry.is_folder for item in items)
    if not is_single:
        return tuple(items), ""
    return tuple(item._replace(parts=item.parts[1:]) for item in items if len(item.parts) > 1), top
