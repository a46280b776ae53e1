"""What was measured on: the numbers mean nothing without it."""

import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

_FLUSHES = 100
_COMMITS = 200


class NotDurable(RuntimeError):
    """The database may lose what it has committed, so whatever is measured on it would be a lie."""


def describe() -> dict[str, object]:
    """Return what the machine is and what its disk and database cost; raise NotDurable."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S%z"),
        "commit": _commit(),
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "database": _database(),
        "broker": _broker(),
        "load_average": round(os.getloadavg()[0], 2),
        "disk_flush_ms": round(_disk_flush_ms(), 3),
        "commit_ms": round(_commit_ms(), 3),
    }


def _commit() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')"
        )
        version, fsync, commit = cursor.fetchone()
    if (fsync, commit) != ("on", "on"):
        raise NotDurable(f"fsync is {fsync} and synchronous_commit is {commit}: both must be on.")
    return f"PostgreSQL {version}, fsync and synchronous_commit on"


def _broker() -> str:
    info = redis.Redis.from_url(settings.REDIS_URL).info()
    return f"{'Valkey' if 'valkey_version' in info else 'Redis'} {info.get('valkey_version', info['redis_version'])}"


def _disk_flush_ms() -> float:
    """Return what the disk takes to flush one page, as far as it does: the floor of every commit."""
    samples = []
    with tempfile.NamedTemporaryFile(dir=settings.CALLBOARD_HOME.path) as file:
        for _ in range(_FLUSHES):
            began = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * 8192, 0)
            os.fdatasync(file.fileno())
            samples.append((time.perf_counter() - began) * 1000)
    return statistics.median(samples)


def _commit_ms() -> float:
    samples = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS benchmarks_commit (n int)")
        for _ in range(_COMMITS):
            began = time.perf_counter()
            cursor.execute("INSERT INTO benchmarks_commit VALUES (1)")
            samples.append((time.perf_counter() - began) * 1000)
    return statistics.median(samples)
