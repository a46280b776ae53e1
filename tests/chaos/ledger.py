"""The outside ledger: a file that steps append to and sync before they go on, whatever becomes of them after."""

import os
import uuid
from pathlib import Path
from typing import NamedTuple

_HOME = "CALLBOARD_HOME"


class Entry(NamedTuple):
    """That an attempt at a node began (`token` empty), or did what it was there for and left its token."""

    run_id: uuid.UUID
    node_id: str
    generation: int
    attempt: int
    token: str


def file_of(home: Path) -> Path:
    return home / "ledger"


def write(entry: Entry) -> None:
    """Append an entry and return when it is on the disk. A line is one write, so that lines never mix."""
    line = f"{entry.run_id} {entry.node_id} {entry.generation} {entry.attempt} {entry.token}\n".encode()
    descriptor = os.open(file_of(Path(os.environ[_HOME])), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(home: Path) -> list[Entry]:
    """Return every entry, in the order of writing."""
    file = file_of(home)
    lines = file.read_text().split("\n")[:-1] if file.exists() else []
    parts = (line.split(" ") for line in lines)
    return [Entry(uuid.UUID(run), node, int(sent), int(attempt), token) for run, node, sent, attempt, token in parts]
