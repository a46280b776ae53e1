"""The folder of an archive's files, in the cache of this machine, by the digest of the archive."""

import json
import threading
from pathlib import Path

from agents.archives.limits import LIMITS
from agents.sources.cache import Held, code_cache
from agents.sources.unpacking.apart import Unpacked, unpack

#: Goes up when archives are unpacked in another way, so that what lies in the cache is not taken for the same.
_EDITION = 1
_CODE, _FACTS = "code", "unpacked.json"


def key_of(sha256: str) -> str:
    return f"zip-{_EDITION}-{sha256}"


def code_in(held: Held) -> Path:
    """Return the agent's folder in an entry of the cache."""
    return held.folder / _CODE


def facts_of(held: Held) -> Unpacked:
    return Unpacked(**json.loads((held.folder / _FACTS).read_text()))


def unpack_into(folder: Path, archive: Path, stop: threading.Event) -> None:
    """Fill an entry of the cache; raise as `unpack` does."""
    (folder / _CODE).mkdir()
    facts = unpack(archive, folder / _CODE, LIMITS, stop)
    (folder / _FACTS).write_text(json.dumps(facts._asdict()))


def hold_unpacked(archive: Path, sha256: str, stop: threading.Event) -> Held:
    """Return the unpacked files of an archive that lies on this machine; raise as `unpack` and `CodeCache.hold` do."""
    return code_cache().hold(key_of(sha256), lambda folder: unpack_into(folder, archive, stop), stop)
