"""Tells files that are not UTF-8, and says what they most likely are."""

import codecs
from typing import NamedTuple

from evaluation.seeding.problems import CsvRefused

_SAVE = 'Save it as "CSV UTF-8".'
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_ZIP = b"PK\x03\x04"
_SAMPLE_BYTES = 64
#: What `surrogateescape` makes of the byte 0x80, and of the highest.
_FIRST_ESCAPE, _LAST_ESCAPE = 0xDC80, 0xDCFF
#: Windows-1252 has letters and quotes where Latin-1 has control characters.
_LAST_CONTROL = 0x9F


class BadByte(NamedTuple):
    """A byte that is not UTF-8: where in the line, and what to do about it."""

    position: int
    message: str


def refuse_foreign(start: bytes) -> None:
    """Raise CsvRefused where the first bytes of a file say that it is something else than UTF-8 text."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            raise CsvRefused(f'The file is {name}, which Excel calls "Unicode text". {_SAVE}')
    if start.startswith(_ZIP):
        raise CsvRefused(f"The file is an Excel workbook or a ZIP archive, not CSV. {_SAVE}")
    sample = start[:_SAMPLE_BYTES]
    if _is_every_other_nul(sample[::2]) or _is_every_other_nul(sample[1::2]):
        raise CsvRefused(f"The file looks like UTF-16. {_SAVE}")


def bad_byte(line: str) -> BadByte | None:
    """Return the first byte of a line that is not UTF-8, or None. The line was decoded with `surrogateescape`."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        byte = ord(line[error.start]) - _FIRST_ESCAPE + 0x80
        name = "Windows-1252" if byte <= _LAST_CONTROL else "Latin-1 or Windows-1252"
        return BadByte(error.start, f"The byte 0x{byte:02X} is not UTF-8. The file looks like {name}. {_SAVE}")
    return None


def _is_every_other_nul(half: bytes) -> bool:
    """Say whether half of the bytes are all NUL, as in UTF-16 text of a Western language."""
    return len(half) > 1 and not any(half)
