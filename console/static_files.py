"""Static files are served as they lie, under a path that changes with them, so that browsers keep them for good."""

import hashlib
from pathlib import Path


def fingerprint(folder: Path) -> str:
    """Return eight hexadecimal digits that change when any file below `folder` does."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        stat = file.stat()
        digest.update(f"{file.relative_to(folder)}|{stat.st_size}|{stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:8]


def is_immutable(_path: str, _url: str) -> bool:
    """Tell WhiteNoise that a file's address changes with its content."""
    return True
