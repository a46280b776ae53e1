"""A long storm, and its report: `make soak KILLS=2000`, or `python -m tests.chaos.soak 2000`.

It keeps its instance in a folder of its own, prints how far it is, and ends with 1 where anything was broken.
"""

import argparse
import math
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.chaos import report, storm
from tests.chaos.kills import Killer
from tests.support.instance import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Kill processes at random under load, and prove what must hold.")
    parser.add_argument("kills", type=int, nargs="?", default=2_000)
    parser.add_argument("--rate", type=float, default=2.0, help="kills a second, on average")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop killing after so long")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the file whose report is replaced")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="callboard-soak-") as folder:
        instance = storm.instance_in(Path(folder) / "home").start()
        try:
            outcome = storm.rage(
                instance, kills=asked.kills, runs=0, a_second=asked.rate, seed=asked.seed, minutes=asked.minutes,
                watch=_say_how_far,
            )  # fmt: skip
        finally:
            instance.stop()
    report.put(asked.document, outcome)
    sys.stdout.write(f"{report.text(outcome)}\n")
    return 1 if outcome.broken or outcome.sandboxes_left else 0


def _say_how_far(killer: Killer) -> None:
    """Print the number of kills once a minute."""

    def run() -> None:
        while True:
            time.sleep(60)
            sys.stdout.write(f"{len(killer.done):,} kills\n")
            sys.stdout.flush()

    threading.Thread(target=run, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
