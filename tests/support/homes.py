"""Folders of instances whose database has its tables already, since making those takes most of a first start."""

import fcntl
import itertools
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from console.embedded import servers
from console.embedded.home import Home
from console.embedded.supervisor import Supervisor
from tests.support.instance import ROOT, Instance


@dataclass(frozen=True, slots=True)
class Homes:
    """Makes folders, within `here`. The first of all workers that wants one makes the tables, `shared` by them all."""

    here: Path
    shared: Path
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def new(self) -> Path:
        home = self.here / f"home-{next(self._numbers)}"
        home.mkdir(mode=0o700)
        subprocess.run(["cp", "--archive", self._tables(), home / "postgres"], check=True)
        return home

    def _tables(self) -> Path:
        self.shared.mkdir(mode=0o700, exist_ok=True)
        made = Home(self.shared / "home")
        with (self.shared / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.shared / "done"
            if not done.exists():
                _make_tables(made)
                done.touch()
        return made.postgres


def _make_tables(home: Home) -> None:
    supervisor = Supervisor()
    try:
        servers.start(supervisor, home)
        environment = Instance(home.path).environment
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True)
    finally:
        supervisor.stop()
