"""What can be wrong with an archive."""

from enum import StrEnum

#: How the process ends that unpacks: where the archive is at fault, and where the machine is.
REFUSED, BROKEN = 3, 4


class Fault(StrEnum):
    EMPTY = "empty"
    NOT_A_ZIP = "not_a_zip"
    TRUNCATED = "truncated"
    AMBIGUOUS = "ambiguous"  #: readers differ in what they see in it
    MALFORMED = "malformed"
    MULTI_DISK = "multi_disk"
    ENCRYPTED = "encrypted"
    METHOD = "method"
    TOO_LARGE = "too_large"
    TOO_MANY_ENTRIES = "too_many_entries"
    TOO_LARGE_UNPACKED = "too_large_unpacked"
    UNSAFE_NAME = "unsafe_name"
    LINK = "link"
    SPECIAL_FILE = "special_file"
    COLLISION = "collision"
    OVERLAP = "overlap"
    FALSE_SIZE = "false_size"
    CHECKSUM = "checksum"
    TOO_COSTLY = "too_costly"  #: it takes too long or too much memory


class ArchiveRefused(Exception):
    """An archive is not unpacked. The sentence says what is wrong with which entry and, where it helps, what to do."""

    def __init__(self, fault: Fault, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.sentence = sentence
