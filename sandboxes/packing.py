"""Packs files for the way into a sandbox."""

import io
import tarfile
from collections.abc import Mapping


def packed(files: Mapping[str, bytes], *, mode: int = 0o644) -> bytes:
    """Return a tar with the files, by their relative paths."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()
