"""Unpacking in the test's own process, and archives to unpack."""

import io
import zipfile
from pathlib import Path

import pytest

from agents.sources.unpacking.extraction import extract
from agents.sources.unpacking.faults import ArchiveRefused
from agents.sources.unpacking.limits import Limits
from agents.sources.unpacking.plan import plan_of
from tests.support import zip_files as z
from tests.support.zip_files import Packed

LIMITS = Limits()
#: Names that lead elsewhere, or mean another file on another system.
SLIPS = {
    "zip slip": "../evil.txt",
    "a slip further in": "a/../../evil.txt",
    "a harmless way back": "a/./b/../c.txt",
    "two dots alone": "..",
    "a dot alone": ".",
    "an absolute path": "/abs.txt",
    "two slashes": "//server/share",
    "an empty part": "a//b.txt",
    "a drive": "C:\\win.txt",
    "a drive with a slash": "C:/win.txt",
    "a drive alone": "C:win.txt",
    "backslashes": "a\\..\\..\\b.txt",
    "a share": "\\\\server\\share\\x",
    "a NUL": "main.py\0.txt",
    "a line end": "main\n.py",
    "a control character": "main\x1b[31m.py",
    "a delete character": "main\x7f.py",
    "text turned around": "main\u202eyp.exe",
    "a stream": "main.py:hidden",
    "a dot at the end": "main.",
    "a space at the end": "main ",
    "a device": "aux",
    "a device with an extension": "folder/COM1.txt",
    "a folder of git": ".git/hooks/post-checkout",
    "a folder of git in another case": "my/.GiT/config",
    "a folder of git by its short name": "my/git~1/config",
    "a folder of git with an unseen character": "my/.g\u200cit/config",
    "a name too long": "x" * 256,
    "a path too long": "/".join(["x" * 100] * 11),
    "a path too deep": "/".join("x" * 33),
}


def unpacked(data: bytes, folder: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    """Unpack in this process and return the files by their paths."""
    file = io.BytesIO(data)
    extract(file, plan_of(file, limits), folder, limits)
    return files_in(folder)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(data: bytes, folder: Path, limits: Limits = LIMITS) -> ArchiveRefused:
    with pytest.raises(ArchiveRefused) as refused:
        unpacked(data, folder, limits)
    return refused.value


def zipped(method: int = zipfile.ZIP_DEFLATED, **files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "/"), data)
    return target.getvalue()


def true_of(entry: Packed) -> dict[str, int]:
    return {"count": 1, "size": len(z.central(entry, 0)), "offset": len(z.local(entry)),
            "at": len(z.central(entry, 0)) + len(z.local(entry))}  # fmt: skip
