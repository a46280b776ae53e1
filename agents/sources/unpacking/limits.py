from typing import NamedTuple

MIB = 1024 * 1024


class Limits(NamedTuple):
    """How much an archive may be, in bytes where nothing else is said."""

    packed: int = 100 * MIB
    unpacked: int = 500 * MIB
    entries: int = 10_000
    #: Of the directory at the end, which has a comment and extra fields for each entry.
    directory: int = 16 * MIB
    path: int = 1024
    part: int = 255
    depth: int = 32  # folders
    seconds: int = 120
