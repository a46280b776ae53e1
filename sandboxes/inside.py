"""Which paths inside a sandbox may be written and read from outside."""

from pathlib import PurePosixPath
from typing import NamedTuple

from sandboxes import paths
from sandboxes.errors import PathRefused


class InsidePath(NamedTuple):
    """A path beneath one of the user's folders: the folder, and the names from there on, at least one."""

    folder: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return "/".join((self.folder, *self.parts))

    @property
    def parents(self) -> list[str]:
        """The folders between the user's folder and the file, outermost first."""
        return ["/".join((self.folder, *self.parts[:end])) for end in range(1, len(self.parts))]


def inside_path(path: str) -> InsidePath:
    """Return where a path leads. Raise PathRefused when it is not beneath the home folder or /tmp."""
    pure = PurePosixPath(path)
    if not pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise PathRefused(f"{path!r} is not an absolute path without `..`.", path=path)
    for folder in (paths.HOME, paths.TMP):
        if pure.is_relative_to(folder) and pure != PurePosixPath(folder):
            return InsidePath(folder, pure.relative_to(folder).parts)
    raise PathRefused(f"{path} is not beneath {paths.HOME} or {paths.TMP}.", path=path)
