"""Carries out a plan: copies each entry out of the archive, counting what really comes.

Each name on the way is opened relative to the folder before it, in a folder that nobody else writes to.
"""

import contextlib
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from agents.sources.unpacking.entries import STORED, Entry
from agents.sources.unpacking.faults import ArchiveRefused, Fault
from agents.sources.unpacking.limits import Limits
from agents.sources.unpacking.plan import Plan, Planned

_HEADER = struct.Struct("<4s5H3L2H")
_MARK = b"PK\x03\x04"
_SIZES_FOLLOW = 1 << 3
#: Encryption, where the sizes are, and how the name is written; the other flags are for whoever packs.
_FLAGS_THAT_MATTER = 1 << 0 | _SIZES_FOLLOW | 1 << 6 | 1 << 11 | 1 << 13
_FULL_LONG = 0xFFFFFFFF
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PIECE_BYTES = 256 * 1024


def extract(file: BinaryIO, plan: Plan, folder: Path, limits: Limits) -> None:
    """Unpack into an empty folder; raise ArchiveRefused, and leave it to the caller to remove what was written."""
    deadline = time.monotonic() + limits.seconds
    root = os.open(folder, _FOLDER)
    try:
        for item in plan.items:
            if time.monotonic() > deadline:
                raise ArchiveRefused(Fault.TOO_COSTLY, "It takes too long to unpack.")
            _extract_one(file, item, root)
    finally:
        os.close(root)


def _extract_one(file: BinaryIO, item: Planned, root: int) -> None:
    data_at = _data_place(file, item)
    if item.entry.is_folder:
        os.close(_opened(root, item.parts))
        return
    parent = _opened(root, item.parts[:-1])
    try:
        mode = 0o755 if item.entry.is_executable else 0o644
        handle = os.open(item.parts[-1], _NEW_FILE, mode, dir_fd=parent)
    finally:
        os.close(parent)
    with open(handle, "wb", buffering=0) as target:  # noqa: PTH123  # a descriptor, not a path
        file.seek(data_at)
        _copy(file, item.entry, target)


def _opened(root: int, parts: tuple[str, ...]) -> int:
    """Return the open folder at a path below an open one, with the folders on the way made."""
    folder = os.dup(root)
    for part in parts:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o755, dir_fd=folder)
        try:
            inner = os.open(part, _FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def _data_place(file: BinaryIO, item: Planned) -> int:
    """Return where an entry's data begins; raise ArchiveRefused where its own header says other than the directory."""
    entry = item.entry
    file.seek(entry.offset)
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or header[:4] != _MARK:
        raise ArchiveRefused(Fault.MALFORMED, f"{entry.name}: its header is missing.")
    _, _, flags, method, _, _, crc, packed, size, names, extras = _HEADER.unpack(header)
    said, meant = (crc, packed, size), (entry.crc, entry.packed, entry.size)
    differ = any(a not in {b, _FULL_LONG} for a, b in zip(said, meant, strict=True)) and not flags & _SIZES_FOLLOW
    has_other_flags = bool((flags ^ entry.flags) & _FLAGS_THAT_MATTER)
    if file.read(names) != entry.raw_name or method != entry.method or has_other_flags or differ:
        raise ArchiveRefused(Fault.AMBIGUOUS, f"{entry.name}: its header and the directory don't agree.")
    place: int = entry.offset + _HEADER.size + names + extras
    if place + entry.packed > item.border:
        raise ArchiveRefused(Fault.OVERLAP, f"{entry.name} shares its data with another entry.")
    return place


def _copy(file: BinaryIO, entry: Entry, target: BinaryIO) -> None:
    """Copy an entry's data, at most as much as it says, and see that it is just that."""
    count, crc = 0, 0
    for piece in _stored(file, entry) if entry.method == STORED else _inflated(file, entry):
        count += len(piece)
        if count > entry.size:
            raise ArchiveRefused(Fault.FALSE_SIZE, f"{entry.name} is larger than it says.")
        crc = zlib.crc32(piece, crc)
        target.write(piece)
    if count != entry.size:
        raise ArchiveRefused(Fault.FALSE_SIZE, f"{entry.name} is smaller than it says.")
    if crc != entry.crc:
        raise ArchiveRefused(Fault.CHECKSUM, f"{entry.name} is damaged: its checksum is wrong.")


def _stored(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    left = entry.packed
    while left and (piece := file.read(min(left, _PIECE_BYTES))):
        left -= len(piece)
        yield piece


def _inflated(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """Yield what the data inflates to, in pieces that are small however much it is."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in _stored(file, entry):
            pending = packed
            # A piece that comes without input is what the one before had no room for.
            while (piece := inflater.decompress(pending, _PIECE_BYTES)) or inflater.unconsumed_tail:
                yield piece
                pending = inflater.unconsumed_tail
    except zlib.error as error:
        raise ArchiveRefused(Fault.CHECKSUM, f"{entry.name} is damaged and can't be unpacked.") from error
    if not inflater.eof or inflater.unused_data:
        raise ArchiveRefused(Fault.CHECKSUM, f"{entry.name} is damaged: its data ends elsewhere than it says.")
