"""Looks over the installation: what is there, what is missing, and how to mend it.

The same lines are printed by `callboard doctor` and shown on System health.
"""

import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from agents.credentials import BadKeyRing, KeyRing
from agents.rekeying import credentials_by_key
from console.display.numbers import plural
from console.embedded import broker
from console.ops import doctor_work, health
from sandboxes.errors import SandboxError
from sandboxes.registry import check_all, choose
from sandboxes.report import Level

#: Below it git follows hostile servers further than it should.
GIT_FLOOR = (2, 39)
#: PostgreSQL's oldest major version that is tested.
POSTGRES_FLOOR = 15
LEAST_FREE_BYTES = 5 * 1024**3
REDIS_FLOOR = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at. `fix` is a command or a sentence, empty where nothing is to be done."""

    section: str
    subject: str
    level: Level
    text: str
    fix: str = ""


def examine() -> list[Line]:
    """Return every line, in the order of the report. Takes up to a few seconds: sandboxes are really opened."""
    return [line for look in _LOOKS for line in look()]


def worst(lines: list[Line]) -> Level:
    levels = {line.level for line in lines}
    return next((level for level in (Level.ERROR, Level.WARNING) if level in levels), Level.OK)


def _processes() -> Iterator[Line]:
    versions = f"{version('callboard')}, Python {platform.python_version()}, Django {version('django')}"
    yield Line("Processes", "Callboard", Level.OK, f"{versions} on {platform.system()} {platform.release()}")
    yield Line("Processes", "Instance", Level.OK, f"{settings.CALLBOARD_HOME.path}, at {settings.CALLBOARD_URL}")
    if doctor_work.is_in_the_clear():
        fix = "Put a server that speaks TLS before it, and set CALLBOARD_URL to its https:// address."
        yield Line("Processes", "Address", Level.WARNING, f"{settings.CALLBOARD_URL} is not encrypted", fix)
    for part in health.parts():
        if part.name in {"database", "broker", "disk"}:
            continue
        level = Level.ERROR if part.problem else Level.OK
        fix = "Start it: make up, or the process of that name in production." if part.problem else ""
        yield Line("Processes", part.name.replace("-", " ").capitalize(), level, part.problem or "Answers.", fix)


def _database() -> Iterator[Line]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,"
                " current_setting('fsync'), current_setting('synchronous_commit'),"
                " (SELECT count(*) FROM pg_stat_activity), current_setting('max_connections')::int,"
                " pg_size_pretty(pg_database_size(current_database()))"
            )
            number, major, fsync, commit, used, most, size = cursor.fetchone()
    except DatabaseError as error:
        yield Line(
            "Processes", "Database", Level.ERROR, str(error).strip(), "Start PostgreSQL, or correct DATABASE_URL."
        )
        return
    text = f"PostgreSQL {number}, {used} of {most} connections, {size}"
    if fsync != "on" or commit == "off":
        fix = "Set fsync = on and synchronous_commit = on: without them a crash of the machine loses finished work."
        yield Line("Processes", "Database", Level.ERROR, f"{text}; commits are not durable", fix)
    elif major < POSTGRES_FLOOR:
        yield Line("Processes", "Database", Level.WARNING, text, f"Upgrade to PostgreSQL {POSTGRES_FLOOR} or later.")
    else:
        yield Line("Processes", "Database", Level.OK, text)


def _work() -> Iterator[Line]:
    """Look whether the database has the shape that this code needs, and whether work waits for a worker."""
    try:
        to_come = doctor_work.migrations_to_come()
        queues = [] if to_come else doctor_work.waiting()
    except DatabaseError:
        return  # said above
    if to_come:
        text = f"{plural(len(to_come), 'migration')} to come, the first is {to_come[0]}"
        yield Line("Processes", "Migrations", Level.ERROR, text, "Run: python manage.py migrate")
    for queue in queues:
        text = f"{plural(queue.steps, 'step')} ready, the oldest for {queue.seconds} s"
        fix = "Start more workers of this queue, or give them more slots." if queue.is_too_long else ""
        yield Line("Processes", f"Queue {queue.queue}", Level.WARNING if fix else Level.OK, text, fix)


def _broker() -> Iterator[Line]:
    try:
        info = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3).info()
    except (redis.RedisError, OSError) as error:
        yield Line("Processes", "Broker", Level.ERROR, str(error), "Start Redis or Valkey, or correct REDIS_URL.")
        return
    number = str(info.get("valkey_version") or info.get("redis_version"))
    text = f"{'Valkey' if 'valkey_version' in info else 'Redis'} {number}"
    if settings.CALLBOARD_EMBEDS_BROKER and broker.server()[1]:
        fix = "apt-get install valkey-server, or redis-server, and restart."
        yield Line("Processes", "Broker", Level.WARNING, f"{text}, the old one of a Python package", fix)
    elif info.get("maxmemory_policy") != "noeviction":
        fix = "Set maxmemory-policy noeviction: another policy lets waiting messages be thrown away."
        yield Line("Processes", "Broker", Level.WARNING, f"{text}, which may evict messages", fix)
    else:
        yield Line("Processes", "Broker", Level.OK, text)


def _sandboxes() -> Iterator[Line]:
    try:
        chosen = choose().name
    except SandboxError as error:
        yield Line("Sandboxes", "Runs use", Level.ERROR, error.message, error.fix)
        chosen = ""
    else:
        yield Line("Sandboxes", "Runs use", Level.OK, f"{chosen} (CALLBOARD_SANDBOX={settings.CALLBOARD_SANDBOX})")
    for report in check_all():
        for finding in report.findings:
            # What a backend lacks that no run uses is worth knowing, and breaks nothing.
            level = Level.WARNING if finding.level is Level.ERROR and report.name != chosen else finding.level
            yield Line("Sandboxes", f"{report.name}: {finding.subject}", level, finding.text, finding.fix)


def _git() -> Iterator[Line]:
    found = shutil.which("git")
    if found is None:
        yield Line("Sandboxes", "git", Level.WARNING, "git is not installed", "apt-get install git")
        return
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    numbers = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    floor = ".".join(map(str, GIT_FLOOR))
    if numbers < GIT_FLOOR:
        yield Line("Sandboxes", "git", Level.WARNING, said, f"Upgrade git to {floor} or later.")
    else:
        yield Line("Sandboxes", "git", Level.OK, f"{said}; at least {floor} is needed")


def _storage() -> Iterator[Line]:
    usage = shutil.disk_usage(settings.CALLBOARD_HOME.path)
    text = f"{usage.free / 1024**3:.0f} GB free of {usage.total / 1024**3:.0f} GB"
    if usage.free < LEAST_FREE_BYTES:
        yield Line("Storage and keys", "Disk", Level.WARNING, text, "Free some space: runs stop when the disk is full.")
    else:
        yield Line("Storage and keys", "Disk", Level.OK, text)


def examine_keys() -> Iterator[Line]:
    """Look at the key ring, and at what of the stored credentials it opens."""
    try:
        ring = KeyRing.parse(settings.CALLBOARD_KEYS)
    except BadKeyRing as error:
        yield Line("Storage and keys", "Key ring", Level.ERROR, str(error), "Correct CALLBOARD_KEYS.")
        return
    known = [key_id for key_id, _ in ring.keys]
    try:
        sealed = credentials_by_key()
    except DatabaseError:
        sealed = {}
    lost = sum(count for key_id, count in sealed.items() if key_id not in known)
    old = sum(count for key_id, count in sealed.items() if key_id in known[1:])
    text = f"{plural(len(known), 'key')}, {known[0]} encrypts"
    if lost:
        fix = "Put the missing key back into CALLBOARD_KEYS, or enter those credentials again."
        lost_words = f"{text}; {plural(lost, 'credential')} can't be opened"
        yield Line("Storage and keys", "Key ring", Level.ERROR, lost_words, fix)
    elif old:
        fix = "callboard keys rotate puts them under the first key; then the old ones can leave the ring."
        old_words = f"{text}; {plural(old, 'credential')} under older keys"
        yield Line("Storage and keys", "Key ring", Level.WARNING, old_words, fix)
    else:
        yield Line("Storage and keys", "Key ring", Level.OK, text)


_LOOKS: tuple[Callable[[], Iterator[Line]], ...] = (
    _processes,
    _database,
    _work,
    _broker,
    _sandboxes,
    _git,
    _storage,
    examine_keys,
)
