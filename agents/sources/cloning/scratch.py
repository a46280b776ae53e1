"""The folders that clones work in: git writes to them without rights, and they are gone when a clone ends."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from sandboxes.backends.bubblewrap.host import account, reachable_roots
from sandboxes.files import Owner

_PREFIX = "clone-"
#: What is this old was left by a worker that died: no clone takes so long.
_LEFT_SECONDS = 3600
#: What git reads and writes.
_FOLDERS = ("home", "repository", "tree")


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Make the folder of one clone, which whoever git runs as can write to."""
    root = reachable_roots(settings.CALLBOARD_HOME.sandboxes).own
    _clear_left(root)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
    try:
        folder.chmod(0o700)
        _give(folder, account())
        empty(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty(folder: Path) -> None:
    """Make the folders within a clone's own anew."""
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(mode=0o700)
        _give(folder / name, account())


def _give(path: Path, owner: Owner) -> None:
    if os.geteuid() == 0:
        os.chown(path, owner.uid, owner.gid)


def _clear_left(root: Path) -> None:
    for path in root.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
