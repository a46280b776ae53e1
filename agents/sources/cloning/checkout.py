"""Writes a commit's files out, and makes them ours: no `.git`, no rights but to be read, links only inside."""

import os
import shutil
from pathlib import Path

from agents.sources.cloning.commands import Git
from agents.sources.cloning.listing import Listing, listing, refuse_leading_out

#: Where git keeps the commit that was fetched.
CODE = "refs/callboard/code"
_LFS = b"filter=lfs"
_MOST_ATTRIBUTES = 1024 * 1024


def check_out(git: Git) -> Listing:
    """Write the files of the fetched commit into the clone's `tree`; raise CloneFailed for what may not be in it."""
    found = listing(git.run("ls-tree", "-r", "-l", "-z", "--full-tree", f"{CODE}^{{commit}}"))
    git.run("checkout", "--quiet", "--force", "--detach", CODE)
    _link(git.jail.folder / "tree", found)
    return found


def handed_over(tree: Path, folder: Path) -> None:
    """Move what was checked out into a folder of the host, as files of this process that nobody can change."""
    for path in [*tree.iterdir()]:
        shutil.move(path, folder / path.name)
    for place, folders, files in os.walk(folder):
        for name in files:
            _own(Path(place, name))
        for name in folders:
            _own(Path(place, name))


def uses_lfs(tree: Path) -> bool:
    """Say whether a repository keeps files elsewhere, of which only pointers are here."""
    attributes = tree / ".gitattributes"
    if attributes.is_symlink() or not attributes.is_file():
        return False
    with attributes.open("rb") as file:
        return _LFS in file.read(_MOST_ATTRIBUTES)


def _link(tree: Path, found: Listing) -> None:
    """Make the links, which git has written as files with the target in them, now that nothing is written any more."""
    targets = {entry.path: _target(tree, entry.path) for entry in found.links}
    refuse_leading_out(targets)
    for path, target in targets.items():
        (tree / path).unlink()
        (tree / path).symlink_to(target)


def _target(tree: Path, path: str) -> str:
    return (tree / path).read_bytes().decode(errors="surrogateescape")


def _own(path: Path) -> None:
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(path, 0, 0, follow_symlinks=False)
    if path.is_symlink():
        return
    mode = path.stat().st_mode
    path.chmod(0o755 if path.is_dir() or mode & 0o100 else 0o644)
