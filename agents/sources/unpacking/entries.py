"""Reads the directory of an archive, entry by entry (APPNOTE.TXT 6.3, sections 4.3.12 and 4.5.3)."""

import stat
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from agents.sources.unpacking.ending import Directory
from agents.sources.unpacking.faults import ArchiveRefused, Fault

_ENTRY = struct.Struct("<4s4B4HL2L5H2L")
_MARK = b"PK\x01\x02"
_EXTRA = struct.Struct("<2H")
_LARGE_EXTRA = 0x0001
_FULL_SHORT, _FULL_LONG = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13
_UTF8 = 1 << 11
_LAST_SYSTEM = 20
STORED, DEFLATED = 0, 8
#: What deflating can do at most; more is a lie. (zlib's own documentation says 1032:1.)
_BEST_RATIO = 1032
_SLACK_BYTES = 64


class Entry(NamedTuple):
    """One entry as the directory has it. `offset` is where its own header begins, sizes are in bytes."""

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    is_executable: bool

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def read_entries(file: BinaryIO, directory: Directory) -> Iterator[Entry]:
    """Yield the entries in the directory's order; raise ArchiveRefused for one that is never unpacked."""
    file.seek(directory.offset)
    data = file.read(directory.size)
    place = 0
    for _ in range(directory.entry_count):
        entry, place = _entry(data, place)
        yield entry
    if place != directory.size:
        raise ArchiveRefused(Fault.AMBIGUOUS, "Its directory has more entries than it says.")


def _entry(data: bytes, place: int) -> tuple[Entry, int]:
    if place + _ENTRY.size > len(data) or data[place : place + 4] != _MARK:
        raise ArchiveRefused(Fault.MALFORMED, "Its directory is damaged, or has fewer entries than it says.")
    fields = _ENTRY.unpack_from(data, place)
    (
        _,
        _,
        system,
        _,
        _,
        flags,
        method,
        _,
        _,
        crc,
        packed,
        size,
        names,
        extras,
        comments,
        disk,
        _,
        attributes,
        offset,
    ) = fields
    start = place + _ENTRY.size
    end = start + names + extras + comments
    if end > len(data):
        raise ArchiveRefused(Fault.MALFORMED, "Its directory is damaged.")
    raw_name = data[start : start + names]
    name = _decoded(raw_name, flags)
    extra = data[start + names : start + names + extras]
    size, packed, offset, disk = _large_values(extra, name, [size, packed, offset, disk])
    mode = attributes >> 16
    entry = Entry(raw_name, name, flags, method, crc, packed, size, offset, bool(mode & stat.S_IXUSR))
    _check_kind(entry, system, disk, mode)
    _check_sizes(entry)
    return entry, end


def _decoded(raw: bytes, flags: int) -> str:
    """Return a name. Those that aren't marked as UTF-8 often are all the same; otherwise they are of the first PCs."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if flags & _UTF8:
            raise ArchiveRefused(Fault.UNSAFE_NAME, f"The name {raw[:80]!r} can't be read.") from error
        return raw.decode("cp437")


def _large_values(extra: bytes, name: str, values: list[int]) -> list[int]:
    """Return size, packed size, offset and disk, each from the extra field where the entry has no room for it."""
    full = (_FULL_LONG, _FULL_LONG, _FULL_LONG, _FULL_SHORT)
    missing = [index for index, value in enumerate(values) if value == full[index]]
    found = [data for kind, data in _extras(extra) if kind == _LARGE_EXTRA]
    if len(found) > 1:
        raise ArchiveRefused(Fault.AMBIGUOUS, f"{name}: its sizes are given twice.")
    if not missing:
        return values
    data, place = (found[0] if found else b""), 0
    for index in missing:
        length = 4 if index == 3 else 8  # noqa: PLR2004  # a disk takes 4 bytes, all else 8
        if place + length > len(data):
            raise ArchiveRefused(Fault.MALFORMED, f"{name}: its size is missing.")
        values[index] = int.from_bytes(data[place : place + length], "little")
        place += length
    return values


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, place)
        place += _EXTRA.size
        yield kind, extra[place : place + length]
        place += length


def _check_kind(entry: Entry, system: int, disk: int, mode: int) -> None:
    if entry.flags & _ENCRYPTED:
        raise ArchiveRefused(Fault.ENCRYPTED, f"{entry.name} is encrypted. Pack it without a password.")
    if entry.method not in {STORED, DEFLATED}:
        sentence = f"{entry.name} is packed in a way that is not read (method {entry.method}). Use plain deflate."
        raise ArchiveRefused(Fault.METHOD, sentence)
    if disk:
        raise ArchiveRefused(Fault.MULTI_DISK, "It is one of several parts. Pack everything into one file.")
    if system > _LAST_SYSTEM:
        raise ArchiveRefused(Fault.MALFORMED, f"{entry.name} is of an unknown system ({system}).")
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        raise ArchiveRefused(Fault.LINK, f"{entry.name} is a symbolic link. Pack what it leads to instead.")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ArchiveRefused(Fault.SPECIAL_FILE, f"{entry.name} is neither a file nor a folder.")
    if kind == stat.S_IFDIR and not entry.is_folder:
        raise ArchiveRefused(Fault.AMBIGUOUS, f"{entry.name} is said to be a folder and has the name of a file.")


def _check_sizes(entry: Entry) -> None:
    if entry.is_folder and entry.size:
        raise ArchiveRefused(Fault.AMBIGUOUS, f"{entry.name} has the name of a folder and the contents of a file.")
    if entry.method == STORED and entry.size != entry.packed:
        raise ArchiveRefused(Fault.FALSE_SIZE, f"{entry.name}: its two sizes can't both be true.")
    if entry.method == DEFLATED and entry.size > entry.packed * _BEST_RATIO + _SLACK_BYTES:
        raise ArchiveRefused(Fault.FALSE_SIZE, f"{entry.name} can't be as large as it says.")
