"""What each step of a Dockerfile is carried out with: the variables and the folder that the steps before it left."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from sandboxes.dockerfile.instructions import Env, Run, Step, Workdir
from sandboxes.dockerfile.parser import workdir_problem
from sandboxes.dockerfile.words import LONGEST_VALUE, WordError, expand

#: Of all variables together; the kernel takes little more for a program's arguments and environment.
LONGEST_ENVIRONMENT = 4 * LONGEST_VALUE


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`inherited` are the base image's variables, `env` those that the Dockerfile sets."""

    inherited: Mapping[str, str]
    env: Mapping[str, str]
    folder: str

    def after(self, step: Step, escape: str) -> "Surroundings":
        """Return what holds behind a step; raise WordError where a value or a folder can't be used."""
        match step:
            case Run():
                return self
            case Env(values=values):
                # All values of one instruction see what held before it.
                known = {**self.inherited, **self.env}
                env = {**self.env, **{name: expand(value, known, escape) for name, value in values}}
                if sum(len(name) + len(value) for name, value in env.items()) > LONGEST_ENVIRONMENT:
                    raise WordError(f"The variables grow beyond {LONGEST_ENVIRONMENT:,} characters.")
                return Surroundings(self.inherited, env, self.folder)
            case Workdir(path=path):
                return Surroundings(self.inherited, self.env, self._folder(path, escape))

    def _folder(self, path: str, escape: str) -> str:
        wanted = expand(path, {**self.inherited, **self.env}, escape)
        folder = posixpath.normpath(posixpath.join(self.folder, wanted))
        # Two slashes at the beginning mean something else to POSIX, and the same to Linux.
        folder = "/" + folder.lstrip("/")
        workdir_problem(folder)
        return folder
