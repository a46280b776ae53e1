"""The private folder that each open sandbox has on the host, and the record in it of whose it is."""

import contextlib
import json
import os
import secrets
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandboxes.base import Labels
from sandboxes.errors import SandboxUnavailable
from sandboxes.files import Owner

_RECORD = "sandbox.json"
_PREFIX = "sbx-"
#: A folder without a record is one that is just being made, or one whose maker died at it.
_NEW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SandboxFolder:
    """`run` is ours and read-only inside; `home` and `tmp` are the user's."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name.removeprefix(_PREFIX)

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def home(self) -> Path:
        return self.path / "home"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    @classmethod
    def of(cls, root: Path, sandbox_id: str) -> "SandboxFolder":
        return cls(root / f"{_PREFIX}{sandbox_id}")

    @classmethod
    def make(cls, root: Path, backend: str, labels: Labels) -> "SandboxFolder":
        """Make a folder with its record and `run`. Only its owner can list it; what is bound from it can be entered."""
        folder = cls(root / f"{_PREFIX}{secrets.token_hex(8)}")
        folder.path.mkdir(mode=0o711)
        record = {"backend": backend, "labels": dict(labels)}
        (folder.path / _RECORD).write_text(json.dumps(record))
        folder.run.mkdir()
        folder.run.chmod(0o755)
        return folder

    def relabel(self, labels: Labels) -> None:
        """Say that it is another's from now on, at one stroke."""
        record = json.loads((self.path / _RECORD).read_text())
        draft = self.path / f".{_RECORD}"
        draft.write_text(json.dumps({**record, "labels": dict(labels)}))
        draft.rename(self.path / _RECORD)

    def make_for_user(self, owner: Owner) -> None:
        """Make what belongs to the user inside: home with its two folders, and tmp."""
        for path in (self.home, self.home / "agent", self.home / "workspace", self.tmp):
            path.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(path, owner.uid, owner.gid)

    def remove(self) -> None:
        """Remove it whole, whatever rights and depths it was given from inside."""
        if (self.home).exists() and os.geteuid() != 0:
            _run("chmod", "-R", "u+rwx", "--", str(self.path))
        with contextlib.suppress(OSError, RecursionError):
            shutil.rmtree(self.path)
        if self.path.exists():
            _run("rm", "-rf", "--one-file-system", "--", str(self.path))


def leftovers(root: Path, backend: str) -> Iterator[tuple[SandboxFolder, Mapping[str, str]]]:
    """Yield the folders of a backend's sandboxes, with their labels."""
    for path in sorted(root.glob(f"{_PREFIX}*")):
        try:
            record = json.loads((path / _RECORD).read_text())
        except (OSError, ValueError):
            if _age_seconds(path) > _NEW_SECONDS:
                yield SandboxFolder(path), {}
            continue
        if record["backend"] == backend:
            yield SandboxFolder(path), record["labels"]


def private_root(root: Path) -> Path:
    """Make and return `root`, which must be ours alone to write to."""
    root.mkdir(mode=0o711, parents=True, exist_ok=True)
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise SandboxUnavailable(
            f"{root} is not a folder that belongs to this user alone.",
            fix=f"Remove {root}, or give CALLBOARD_HOME another place.",
        )
    return root


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0


def _run(*argv: str) -> None:
    subprocess.run(argv, check=False, capture_output=True, timeout=600)
