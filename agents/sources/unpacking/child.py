"""The process that `apart.py` starts: it unpacks one archive, with limits of its own, and says how that went.

Its arguments are the archive, the empty folder to unpack into, and the limits as JSON. It writes an object: what was
unpacked; or `fault` and `sentence`, and ends with 3; or `errno` where the machine is at fault, and ends with 4.
"""

import json
import resource
import sys
from pathlib import Path

# It runs isolated from the environment, so that it has to find its own package.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from agents.sources.unpacking.extraction import extract
from agents.sources.unpacking.faults import BROKEN, REFUSED, ArchiveRefused
from agents.sources.unpacking.limits import MIB, Limits
from agents.sources.unpacking.plan import plan_of

_MOST_MEMORY = 512 * MIB


def main() -> int:
    archive, folder, limits = Path(sys.argv[1]), Path(sys.argv[2]), Limits(**json.loads(sys.argv[3]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.unpacked, limits.unpacked))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    try:
        with archive.open("rb") as file:
            plan = plan_of(file, limits)
            extract(file, plan, folder, limits)
    except ArchiveRefused as refused:
        _say({"fault": refused.fault, "sentence": refused.sentence})
        return REFUSED
    except OSError as error:
        _say({"errno": error.errno or 0})
        return BROKEN
    _say({"files": plan.file_count, "size": plan.unpacked_bytes, "flattened": plan.flattened})
    return 0


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    sys.exit(main())
