"""What is too much ends as a result, and the sandbox goes on."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandboxes.base import MIB, Limits, SandboxSpec

pytestmark = pytest.mark.escape


@pytest.fixture(scope="module")
def small(backend):
    limits = Limits(memory_bytes=256 * MIB, cpus=0.5, pids=64, disk_bytes=48 * MIB, file_bytes=32 * MIB, open_files=256)
    with backend.open(SandboxSpec(limits=limits)) as sandbox:
        yield sandbox


def is_by_process(sandbox):
    """Whether limits hold for each process alone, where there are no control groups."""
    return getattr(sandbox, "_group", "none") is None


def test_taking_too_much_memory_ends_the_command(small):
    result = small.exec(["python3", "-c", "x = bytearray(1024 * 1024 * 1024)"], timeout_seconds=60)

    if is_by_process(small):
        assert "MemoryError" in result.stderr_text
    else:
        assert (result.exit_code, result.is_oom_killed) == (137, True)
    assert small.exec(["echo", "alive"]).is_success


def test_a_command_within_its_memory_is_not_called_out_of_memory(small):
    result = small.exec(["sh", "-c", "python3 -c 'x = bytearray(64 * 1024 * 1024)'; exit 1"])

    assert (result.exit_code, result.is_oom_killed) == (1, False)


_BOMB = """
import os, time
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.001)
"""


def test_a_fork_bomb_ends_with_its_command(small):
    result = small.exec(["python3", "-c", _BOMB], timeout_seconds=2)

    assert result.duration_ms < 12_000
    assert not result.is_success
    left = small.exec(["sh", "-c", "sleep 0.1; ls -d /proc/[0-9]* | wc -l"])
    assert int(left.stdout_text) < 10


def test_a_sandbox_full_of_processes_leaves_room_for_the_next(backend, small):
    stop = threading.Event()
    with ThreadPoolExecutor() as pool, backend.open(SandboxSpec(limits=Limits(pids=64))) as other:
        bomb = pool.submit(small.exec, ["python3", "-c", _BOMB], timeout_seconds=120, stop=stop)
        time.sleep(1)
        results = [other.exec(["sh", "-c", "sleep 0.01 & wait"]) for _ in range(5)]
        assert not bomb.done()
        stop.set()

    assert [result.exit_code for result in results] == [0] * 5


def test_no_more_processes_than_allowed_run_at_once(small):
    code = "import subprocess\nfor _ in range(100): subprocess.Popen(['sleep', '5'])"

    result = small.exec(["python3", "-c", code])

    assert "BlockingIOError" in result.stderr_text


def test_a_single_file_can_not_grow_past_its_limit(small):
    result = small.exec(["sh", "-c", "head -c 40000000 /dev/zero > ~/large; stat -c %s ~/large; rm ~/large"])

    assert result.stdout_text.split()[-1] == str(32 * MIB)


def test_filling_the_disk_ends_the_command(small):
    fill = "for i in 1 2 3 4; do head -c 20000000 /dev/urandom > ~/fill$i; done; sleep 60"

    result = small.exec(["sh", "-c", fill], timeout_seconds=50)

    assert (result.is_disk_full, result.is_success) == (True, False)
    assert result.duration_ms < 20_000
    assert small.exec(["sh", "-c", "rm ~/fill*"]).is_success


def test_processor_time_is_shared_out(small):
    if is_by_process(small):
        assert small.exec(["sh", "-c", "ulimit -t"], timeout_seconds=60).stdout == b"31\n"
        return
    busy = "import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end: pass\nprint(time.process_time())"

    used = float(small.exec(["python3", "-c", busy]).stdout_text)

    assert used < 0.8


def test_a_flood_of_output_is_taken_in_and_cut(small):
    started = time.monotonic()

    result = small.exec(["sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x; echo the end"])

    assert result.stdout.endswith(b"xxx" + b"the end\n")
    assert len(result.stdout) < 10_001_000
    assert time.monotonic() - started < 30
