"""Where the token of a clone is not."""

import contextlib
import os
import threading
from pathlib import Path

from tests.agents.sources.git.cloned import TOKEN, left_behind


def test_the_token_is_in_no_argument_environment_or_file_while_git_runs(server, clone, settings, monkeypatch):
    """Look at every process of the clone, and at every file of its folder, while the host keeps it waiting."""
    repo = server.add("watched", token=TOKEN, delay_seconds=0.4)
    told: list[str] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.01):
            told.extend(_told_by_processes(repo.url))
            told.extend(_told_by_files(left_behind(settings)))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        clone(repo.url, token=TOKEN)
    finally:
        is_over.set()
        watching.join()
    everything = "\n".join(told)
    assert repo.url in everything
    assert "GIT_DIR" in everything
    assert TOKEN not in everything


def _told_by_processes(url: str) -> list[str]:
    """Return the arguments and environment of every process that clones from a URL, as root can read them."""
    told = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes() if entry.name.isdecimal() else b""
            if url.encode() in line:
                told += [part.decode(errors="replace") for part in (line, (entry / "environ").read_bytes())]
        except OSError:
            continue
    return told


def _told_by_files(folders: list[Path]) -> list[str]:
    """Return what is in the files of some folders, from which files vanish meanwhile."""
    told = []
    for place, _, names in (found for folder in folders for found in os.walk(folder)):
        for name in names:
            with contextlib.suppress(OSError):
                told.append(Path(place, name).read_bytes().decode(errors="replace"))
    return told
