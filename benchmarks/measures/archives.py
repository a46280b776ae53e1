"""How long unpacking an archive of 500 MB takes, and how long it takes a run whose archive is unpacked already."""

import tempfile
import threading
import time
import uuid
import zipfile
from pathlib import Path
from random import Random

from agents.archives.limits import LIMITS
from agents.archives.unpacked import code_in, key_of, unpack_into
from agents.sources.cache import CodeCache
from agents.sources.unpacking.limits import MIB
from benchmarks.results import Result, Scale, at_most

_FILES = 1000
_SIZE = 499 * MIB // _FILES
_NEVER = threading.Event()


def measure(scale: Scale) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="callboard-bench-zip-", dir="/var/tmp") as folder:
        archive = _archive(Path(folder))
        cache = CodeCache(Path(folder, "cache"), most_bytes=8 * LIMITS.unpacked)
        keys = [key_of(uuid.uuid4().hex) for _ in range(scale.pick(4, 2))]
        first = [_held_ms(cache, key, archive) for key in keys]
        again = [_held_ms(cache, keys[0], archive) for _ in range(scale.pick(20, 10))]
    size = _SIZE * _FILES / MIB
    return [
        Result(f"archive: unpack {size:.0f} MB in {_FILES:,} files", "ms", first),
        Result("archive: the same for a second run", "ms", again, at_most(100)),
    ]


def _held_ms(cache: CodeCache, key: str, archive: Path) -> float:
    """Return how long a run waits until it has the files."""
    began = time.perf_counter()
    held = cache.hold(key, lambda folder: unpack_into(folder, archive, _NEVER), _NEVER)
    took = (time.perf_counter() - began) * 1000
    if not (code_in(held) / "0.bin").exists():
        raise RuntimeError("the archive was not unpacked")
    held.release()
    return took


def _archive(folder: Path) -> Path:
    """Make one that packs about five to one, as code and text do."""
    random = Random(7)  # noqa: S311  # the same archive each time
    noise = random.randbytes(_SIZE // 6)
    content = noise + bytes(_SIZE - len(noise))
    path = folder / "large.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for number in range(_FILES):
            made.writestr(f"agent/{number}.bin", content)
    return path
