"""Runs the whole suite: brings up a real PostgreSQL, Redis and Docker engine of its own, then pytest in parallel.

`python -m tests.run [PYTEST ARGUMENTS]`
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from console.embedded import servers
from console.embedded.home import Home
from console.embedded.supervisor import Supervisor
from tests.sandboxes.engine import ensure_engine

#: One more than there are processors: whoever tests a whole instance waits for it most of the time.
WORKERS = (os.cpu_count() or 2) + 1


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="callboard-test-") as folder:
        supervisor = Supervisor()
        try:
            servers.start(supervisor, Home(Path(folder)))
            ensure_engine()
            return subprocess.call([sys.executable, "-m", "pytest", *(arguments or ["-n", str(WORKERS)])], env={
                **os.environ, "CALLBOARD_HOME": folder, "CALLBOARD_REQUIRE_DOCKER": "1",
                # Hundreds of processes are started, each of which would compile Callboard anew.
                "PYTHONDONTWRITEBYTECODE": "",
            })  # fmt: skip
        finally:
            supervisor.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
