"""Copies files into and out of a container, through the engine, refusing links as the other backends do."""

import base64
import io
import json
import logging
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

import requests
from docker.errors import NotFound

from sandboxes.backends.docker.engine import engine
from sandboxes.errors import FileError, FileMissing, FileTooLarge, PathRefused, SandboxDied
from sandboxes.inside import InsidePath
from sandboxes.packing import streamed
from sandboxes.unpacking import unpack

log = logging.getLogger(__name__)

_UID = 1000
#: Of Go's os.FileMode.
_FOLDER_BIT = 1 << 31
_IRREGULAR_BITS = 0x8F280000
_TAR_OVERHEAD = 64 * 1024
#: After so many, it is something inside that changes the file meanwhile.
_MOST_WRITES = 3
#: In seconds, before each look at a file that slipped away from the one before.
_PAUSES = (0.0, 0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


class _Found(NamedTuple):
    size: int
    mode: int

    @property
    def is_folder(self) -> bool:
        return bool(self.mode & _FOLDER_BIT)

    @property
    def is_regular(self) -> bool:
        return not self.mode & _IRREGULAR_BITS


def write_file(container: str, place: InsidePath, data: bytes, *, mode: int) -> None:
    missing = [parent for parent in place.parents if not _is_folder(container, parent, place)]
    found = _stat(container, place.text)
    if found is not None and not found.is_regular:
        raise PathRefused(f"{place.text} is not a regular file.", path=place.text)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in missing:
            tar.addfile(_entry(folder.removeprefix(f"{place.folder}/"), 0o755, tarfile.DIRTYPE))
        entry = _entry("/".join(place.parts), mode, tarfile.REGTYPE)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    for _ in range(_MOST_WRITES):
        if not engine().api.put_archive(container, place.folder, archive.getvalue()):
            raise FileError(f"{place.text} could not be written.", path=place.text)
        written = _stat(container, place.text)
        if written is not None and written.size == len(data):
            return
        # Under load, an engine was seen to say that a file was written, and to have left the one that was there.
        log.warning("%s is not as it was written, and is written again", place.text)


def write_folder(container: str, place: InsidePath, folder: Path) -> None:
    """Stream a folder of the host into the container.

    The engine replaces whatever is in the way of an entry, links too, so that it writes through none of them.
    """
    missing = [one for one in (*place.parents, place.text) if not _is_folder(container, one, place)]
    made = (_entry(one.removeprefix(f"{place.folder}/"), 0o755, tarfile.DIRTYPE) for one in missing)
    pieces = streamed(folder, below="/".join(place.parts), first=made, owner=_UID)
    # The client's types know of bytes alone, but it hands on whatever the HTTP library takes.
    if not engine().api.put_archive(container, place.folder, cast("bytes", pieces)):
        raise FileError(f"{place.text} could not be written.", path=place.text)


def read_folder(container: str, place: InsidePath, target: Path, *, limit: int) -> None:
    """Copy what is in a folder of the container into an empty one of the host, as it comes."""
    if not all(_is_folder(container, one, place) for one in (*place.parents, place.text)):
        raise FileMissing(f"There is no folder {place.text}.", path=place.text)
    pieces, _ = engine().api.get_archive(container, place.text)
    unpack(pieces, target, inside=place.text, limit=limit)


def read_file(container: str, place: InsidePath, *, limit: int) -> bytes:
    """Return a regular file of at most `limit` bytes.

    Looking and copying are two requests. A file that is replaced between them is missing from the engine's archive, or
    cut short in it, and the engine says so in its own log alone: it is read again.
    """
    for pause in _PAUSES:
        time.sleep(pause)
        data = _read_once(container, place, limit)
        if data is not None:
            return data
    raise FileError(f"{place.text} was replaced each time it was read.", path=place.text)


def _read_once(container: str, place: InsidePath, limit: int) -> bytes | None:
    """Return the file; None where it went or changed meanwhile."""
    for parent in place.parents:
        if not _is_folder(container, parent, place):
            raise FileMissing(f"There is no file {place.text}.", path=place.text)
    found = _stat(container, place.text)
    if found is None:
        raise FileMissing(f"There is no file {place.text}.", path=place.text)
    if not found.is_regular:
        raise PathRefused(f"{place.text} is not a regular file.", path=place.text)
    if found.size > limit:
        raise _too_large(place, limit)
    try:
        parts, _ = engine().api.get_archive(container, place.text)
    except NotFound:
        return None
    return _only_file(place, parts, limit)


def _only_file(place: InsidePath, parts: Iterator[bytes], limit: int) -> bytes | None:
    """Return the contents of the one file in the archive, which may have grown since it was looked at.

    None where it is not in there, or not whole.
    """
    archive = bytearray()
    for part in parts:
        archive += part
        if len(archive) > limit + _TAR_OVERHEAD:
            raise _too_large(place, limit)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            entry = tar.next()
            file = tar.extractfile(entry) if entry is not None and entry.isreg() else None
            data = None if file is None else file.read()
    except tarfile.ReadError:
        return None
    if data is not None and len(data) > limit:
        raise _too_large(place, limit)
    return data


def _too_large(place: InsidePath, limit: int) -> FileTooLarge:
    return FileTooLarge(f"{place.text} is larger than {limit:,} bytes.", path=place.text, limit=limit)


def _is_folder(container: str, path: str, place: InsidePath) -> bool:
    """Say whether there is a folder; raise PathRefused when something else is in its place."""
    found = _stat(container, path)
    if found is not None and not found.is_folder:
        raise PathRefused(f"{place.text} leads through something that is no folder.", path=place.text)
    return found is not None


def _stat(container: str, path: str) -> _Found | None:
    """Ask what is at `path`, a link itself and not where it leads."""
    api = engine().api
    url = f"{api.base_url}/v{api.api_version}/containers/{container}/archive"
    answer = api.head(url, params={"path": path}, timeout=api.timeout)
    if answer.status_code == requests.codes.not_found:
        if "X-Docker-Container-Path-Stat" not in answer.headers and not _exists(container):
            raise SandboxDied("The container is gone.")
        return None
    answer.raise_for_status()
    found = json.loads(base64.b64decode(answer.headers["X-Docker-Container-Path-Stat"]))
    return _Found(found["size"], found["mode"])


def _exists(container: str) -> bool:
    return bool(engine().api.containers(all=True, quiet=True, filters={"id": container}))


def _entry(name: str, mode: int, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.uid, entry.gid = kind, mode, _UID, _UID
    return entry
