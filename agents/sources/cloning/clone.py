"""From a repository's URL and a ref to the files of one commit."""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import certifi
from django.conf import settings

from agents.outgoing.policy import guarded
from agents.sources.cloning.checkout import CODE, check_out, handed_over, uses_lfs
from agents.sources.cloning.commands import Deadline, Git
from agents.sources.cloning.complaints import NO_SUCH_COMMIT
from agents.sources.cloning.errors import CloneFailed
from agents.sources.cloning.hosts import located
from agents.sources.cloning.jail import Jail
from agents.sources.cloning.listing import MEBIBYTE, MOST_BYTES, shown
from agents.sources.cloning.refs import (
    Found,
    RefMissing,
    advertised,
    by_beginning,
    by_name,
    may_be_short,
    missing,
    names_of,
    whole_commit,
)
from agents.sources.cloning.scratch import empty, scratch
from agents.sources.cloning.urls import Repository

LONGEST_CLONE_SECONDS = 300
_SHA256_LENGTH = 64
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be cloned. A blank `ref` is the default branch, a blank `secret` is no login."""

    repository: Repository
    ref: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Cloning:
    """A clone that is under way: git is set up for it, and its host is looked up and pinned."""

    wanted: Wanted
    git: Git
    on_line: Callable[[str], None]

    def resolve(self) -> Found:
        """Return the commit that the ref means now; raise CloneFailed where it means none."""
        ref = self.wanted.ref
        if commit := whole_commit(ref):
            return Found(commit)
        try:
            found = by_name(ref, self._refs(*names_of(ref)))
            if found is None and may_be_short(ref):
                found = by_beginning(ref, self._refs()) or self._in_history(ref.lower())
        except RefMissing as error:
            raise CloneFailed(str(error)) from error
        if found is None:
            raise CloneFailed(missing(ref))
        return found

    def fill(self, folder: Path, found: Found) -> None:
        """Put the files of a commit into an empty folder; raise CloneFailed."""
        started = time.monotonic()
        self._init(len(found.commit))
        self._fetch(found)
        listed = check_out(self.git)
        for path in listed.submodules[:_MOST_NAMED]:
            self.on_line(f"{shown(path)} is a submodule, which is not cloned: its folder is empty.")
        tree = self.git.jail.folder / "tree"
        if uses_lfs(tree):
            self.on_line(
                "Files that the repository keeps in Git LFS are not fetched: their pointers are there instead."
            )
        handed_over(tree, folder)
        count, megabytes = len(listed.files) + len(listed.links), listed.size / MEBIBYTE
        self.on_line(f"Cloned {count:,} files, {megabytes:,.1f} MB, in {time.monotonic() - started:.1f} s.")

    def _refs(self, *names: str) -> dict[str, str]:
        """Return what the repository advertises, all of it or just some refs with what they lead to."""
        asked = [form for name in names for form in (name, f"{name}^{{}}")]
        said = self.git.run("ls-remote", "--", self.wanted.repository.url, *asked, is_remote=True)
        return advertised(said.decode(errors="replace"))

    def _fetch(self, found: Found) -> None:
        try:
            self._fetch_one(found.commit)
        except CloneFailed as failure:
            if not found.name or failure.sentence != NO_SUCH_COMMIT:
                raise
            # A host that gives out nothing but what a ref points to.
            self._fetch_one(found.name)

    def _fetch_one(self, name: str) -> None:
        options = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force")
        self.git.run("fetch", *options, "--", self.wanted.repository.url, f"{name}:{CODE}", is_remote=True)

    def _in_history(self, beginning: str) -> Found | None:
        """Look for a short SHA among all commits, which are fetched for it without what is in them."""
        self._init(40)
        options = ("--quiet", "--filter=tree:0", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        self.git.run("fetch", *options, "--", self.wanted.repository.url, *everything, is_remote=True)
        said = self.git.run("rev-list", "--all").decode()
        found = {commit for commit in said.split() if commit.startswith(beginning)}
        if len(found) > 1:
            raise RefMissing(f"{beginning} begins the SHA of {len(found)} commits. Write more of it.")
        return Found(found.pop()) if found else None

    def _init(self, length: int) -> None:
        object_format = "sha256" if length == _SHA256_LENGTH else "sha1"
        options = ("--quiet", "--template=", f"--object-format={object_format}", "--initial-branch=code")
        empty(self.git.jail.folder)
        self.git.run("init", *options)


@contextlib.contextmanager
def cloning(wanted: Wanted, *, stop: threading.Event, on_line: Callable[[str], None]) -> Iterator[Cloning]:
    """Get ready for a clone: whatever becomes of it, nothing is left on the disk after the block. Raise CloneFailed."""
    place = located(wanted.repository, guarded(settings.CALLBOARD_TRUSTED_HOSTS))
    with scratch() as folder:
        deadline = Deadline(time.monotonic() + LONGEST_CLONE_SECONDS, stop)
        git = Git(Jail(folder, MOST_BYTES), deadline, _certificates(folder), place.pin, wanted.secret)
        yield Cloning(wanted, git, on_line)


def _certificates(folder: Path) -> Path:
    """Write out whom to trust: the system's authorities, those that come with Python's, and the operator's own."""
    files = [ssl.get_default_verify_paths().cafile, certifi.where(), settings.CALLBOARD_CA_BUNDLE]
    target = folder / "certificates.pem"
    present = [Path(name) for name in files if name and Path(name).is_file()]
    target.write_bytes(b"\n".join(file.read_bytes() for file in present))
    target.chmod(0o644)
    return target
