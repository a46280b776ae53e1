"""Finds the directory of an archive: the end record, and the one for large archives before it.

Layouts are of PKWARE's APPNOTE.TXT 6.3, sections 4.3.14 to 4.3.16. Readers differ in how they look for the end record,
so an archive in which there could be two is refused, as is one with anything before or behind.
"""

import struct
from typing import BinaryIO, NamedTuple

from agents.sources.unpacking.faults import ArchiveRefused, Fault
from agents.sources.unpacking.limits import Limits

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MARK = b"PK\x06\x07"
_LARGE = struct.Struct("<4sQ2H2L4Q")
_LARGE_MARK = b"PK\x06\x06"
_LONGEST_COMMENT = 0xFFFF
_FULL_SHORT, _FULL_LONG = 0xFFFF, 0xFFFFFFFF
_ENTRY_MARK = b"PK\x03\x04"


class Directory(NamedTuple):
    """Where the directory lies in the file, in bytes, and how many entries it has."""

    offset: int
    size: int
    entry_count: int


def find_directory(file: BinaryIO, limits: Limits) -> Directory:
    """Return where the directory is; raise ArchiveRefused. Nothing is allocated on the archive's word."""
    size = file.seek(0, 2)
    _check_size(file, size, limits)
    place, end = _end_record(file, size)
    if (end[1], end[2]) != (0, 0) and (end[1], end[2]) != (_FULL_SHORT, _FULL_SHORT):
        raise ArchiveRefused(Fault.MULTI_DISK, "It is one of several parts. Pack everything into one file.")
    found, border = _directory(file, place, end)
    if found.entry_count > limits.entries:
        sentence = f"It has {found.entry_count:,} entries. At most {limits.entries:,} are unpacked."
        raise ArchiveRefused(Fault.TOO_MANY_ENTRIES, sentence)
    if found.entry_count == 0:
        raise ArchiveRefused(Fault.EMPTY, "There is no file in it.")
    if found.size > limits.directory:
        raise ArchiveRefused(Fault.MALFORMED, "Its directory is far larger than its entries need.")
    if found.offset + found.size != border:
        raise ArchiveRefused(Fault.AMBIGUOUS, "Something stands before its first entry, or its directory is false.")
    return found


def _check_size(file: BinaryIO, size: int, limits: Limits) -> None:
    if size == 0:
        raise ArchiveRefused(Fault.EMPTY, "The file is empty.")
    if size > limits.packed:
        raise ArchiveRefused(Fault.TOO_LARGE, f"It is larger than {limits.packed // 1024**2} MB.")
    file.seek(0)
    if file.read(2) != _ENTRY_MARK[:2]:
        raise ArchiveRefused(Fault.NOT_A_ZIP, "It is not a ZIP archive.")


def _end_record(file: BinaryIO, size: int) -> tuple[int, tuple[int, ...]]:
    """Return the place and the fields of the one end record that ends with the file."""
    start = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read(size - start)
    marks = _places(tail, _END_MARK)
    fitting = [place for place in marks if _ends_with(tail, place)]
    if len(fitting) > 1:
        raise ArchiveRefused(Fault.AMBIGUOUS, "It has two ends, so that readers would differ in what is in it.")
    if fitting:
        return start + fitting[0], _END.unpack_from(tail, fitting[0])
    if marks:
        raise ArchiveRefused(Fault.AMBIGUOUS, "Something stands behind its end, or its end is cut off.")
    raise ArchiveRefused(Fault.TRUNCATED, "Its end is missing. Upload it again: it was not read to the end.")


def _places(text: bytes, mark: bytes) -> list[int]:
    found = []
    place = text.find(mark)
    while place >= 0:
        found.append(place)
        place = text.find(mark, place + 1)
    return found


def _ends_with(tail: bytes, place: int) -> bool:
    if place + _END.size > len(tail):
        return False
    comment: int = _END.unpack_from(tail, place)[7]
    return place + _END.size + comment == len(tail)


def _directory(file: BinaryIO, place: int, end: tuple[int, ...]) -> tuple[Directory, int]:
    """Return the directory by the end record, and where it must end."""
    short = Directory(end[6], end[5], end[4])
    if end[3] != end[4]:
        raise ArchiveRefused(Fault.MULTI_DISK, "It is one of several parts. Pack everything into one file.")
    locator = _read(file, place - _LOCATOR.size, _LOCATOR.size)
    if locator[:4] != _LOCATOR_MARK:
        if short.entry_count == _FULL_SHORT or _FULL_LONG in short[:2]:
            raise ArchiveRefused(Fault.MALFORMED, "It is said to be a large archive, and lacks what makes one.")
        return short, place
    return _large_directory(file, place - _LOCATOR.size, _LOCATOR.unpack(locator), short)


def _large_directory(file: BinaryIO, border: int, locator: tuple[int, ...], short: Directory) -> tuple[Directory, int]:
    """Return the directory by the end record of large archives, which must agree with the short one."""
    place = locator[2]
    record = _read(file, place, _LARGE.size) if place <= border - _LARGE.size else b""
    if record[:4] != _LARGE_MARK or locator[1] or locator[3] > 1:
        raise ArchiveRefused(
            Fault.AMBIGUOUS, "Its two ends don't agree, so that readers would differ in what is in it."
        )
    fields = _LARGE.unpack(record)
    large = Directory(fields[9], fields[8], fields[7])
    agrees = all(
        said in {full, meant}
        for said, full, meant in zip(short, (_FULL_LONG, _FULL_LONG, _FULL_SHORT), large, strict=True)
    )
    if not agrees or place + 12 + fields[1] != border or fields[4] or fields[5] or fields[6] != fields[7]:
        raise ArchiveRefused(
            Fault.AMBIGUOUS, "Its two ends don't agree, so that readers would differ in what is in it."
        )
    return large, place


def _read(file: BinaryIO, place: int, size: int) -> bytes:
    if place < 0:
        return b""
    file.seek(place)
    return file.read(size)
