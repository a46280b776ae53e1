"""Unpacking in a process of its own."""

import json
import subprocess
import sys
import threading

import pytest

from agents.sources.unpacking import child
from agents.sources.unpacking.apart import UnpackingStopped, unpack
from agents.sources.unpacking.faults import ArchiveRefused, Fault
from agents.sources.unpacking.limits import MIB
from tests.agents.sources.unpacking.reading import LIMITS, files_in
from tests.support import zip_files as z
from tests.support.zip_files import MAIN, Packed, archive

NEVER = threading.Event()


def test_a_process_of_its_own_unpacks_and_says_what(folder, tmp_path):
    data = archive(Packed("my/main.py", b"x"), Packed("my/b/c.py", b"yy"))

    told = unpack(z.in_file(tmp_path, data), folder, LIMITS, NEVER)

    assert (told.files, told.size, told.flattened) == (2, 3, "my")
    assert files_in(folder) == {"main.py": b"x", "b/c.py": b"yy"}


def test_a_process_of_its_own_says_why_not(folder, tmp_path):
    with pytest.raises(ArchiveRefused) as refused:
        unpack(z.in_file(tmp_path, archive(Packed("../up"))), folder, LIMITS, NEVER)

    assert refused.value.fault is Fault.UNSAFE_NAME


def test_a_disk_that_is_full_is_not_the_archives_fault(folder, tmp_path):
    file = z.in_file(tmp_path, archive(MAIN))

    with pytest.raises(OSError, match="directory"):
        unpack(file, folder / "is not there", LIMITS, NEVER)


def test_unpacking_can_be_stopped(folder, tmp_path):
    stop = threading.Event()
    stop.set()

    with pytest.raises(UnpackingStopped):
        unpack(z.in_file(tmp_path, z.bomb(400)), folder, LIMITS, stop)


def test_what_takes_too_long_is_refused(folder, tmp_path):
    with pytest.raises(ArchiveRefused) as refused:
        unpack(z.in_file(tmp_path, z.bomb(400)), folder, LIMITS._replace(seconds=0), NEVER)

    assert refused.value.fault is Fault.TOO_COSTLY


def test_unpacking_500_mb_takes_little_memory(folder, tmp_path):
    command = [
        sys.executable,
        "-I",
        "-B",
        child.__file__,
        z.in_file(tmp_path, z.bomb(499)),
        folder,
        json.dumps(LIMITS._asdict()),
    ]

    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, *map(str, command)], capture_output=True, check=True, timeout=120
    )

    assert (folder / "zeros.bin").stat().st_size == 499 * MIB
    assert int(measured.stdout.splitlines()[-1]) * 1024 < 64 * MIB


_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
