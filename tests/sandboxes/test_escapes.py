"""What somebody who wants out would try, on every backend. `pytest -m escape` runs these and their kin beside them."""

import contextlib
import os
import resource
import secrets
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest

from sandboxes.base import MIB, Limits, SandboxSpec
from sandboxes.errors import SandboxError
from sandboxes.paths import AGENT, TMP
from tests.sandboxes.test_isolation import connect, listening
from tests.sandboxes.test_limits import is_by_process

pytestmark = pytest.mark.escape

MARK = f"callboard-escape-{secrets.token_hex(8)}"
_ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def planted(folder: Path):
    """A file of the host's, with a name and a content that are nowhere else."""
    file = folder / f".{MARK}-{secrets.token_hex(4)}"
    file.write_text(f"{MARK} content")
    try:
        yield file
    finally:
        file.unlink()


@pytest.mark.parametrize("folder", [Path.home(), Path(tempfile.gettempdir()), Path("/var/tmp"), _ROOT / ".cache"])  # noqa: S108
def test_no_file_of_the_host_is_found_by_name_or_by_any_way_round(sandbox, folder):
    with planted(folder) as file:
        found = sandbox.exec(["sh", "-c", f"find / -name '*{file.name}*' 2>/dev/null"], timeout_seconds=60)
        ways = [
            file,
            f"/proc/1/root{file}",
            f"/proc/self/root{file}",
            f"/home/user/../../..{file}",
            f"/proc/1/cwd/{file}",
        ]
        read = sandbox.exec(["cat", *map(str, ways)])

    assert found.stdout == b""
    assert MARK not in read.stdout_text


def test_the_sockets_of_database_and_broker_are_out_of_reach(sandbox, roots):
    folder = Path(tempfile.mkdtemp(dir=roots))
    folder.chmod(0o755)
    for name in (".s.PGSQL.5432", "broker.sock"):
        with listening(socket.AF_UNIX, str(folder / name)) as path:
            Path(path).chmod(0o777)
            for way in (path, f"/proc/1/root{path}", f"/proc/self/root{path}", f"/home/user/../..{path}"):
                assert connect(sandbox, "AF_UNIX", way).startswith("refused"), way


def test_no_socket_lies_about_but_the_channel(sandbox):
    found = sandbox.exec(["sh", "-c", "find / -type s -not -path '/proc/*' 2>/dev/null"], timeout_seconds=60)

    assert found.stdout_text.split() == ["/run/callboard/channel.sock"]


_DIAL = """
import socket, sys
for address in sys.argv[2:]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            family, _, _, _, where = socket.getaddrinfo(address, int(sys.argv[1]), type=kind)[0]
            with socket.socket(family, kind) as dialled:
                dialled.settimeout(2)
                dialled.connect(where)
                dialled.send(b"anybody there?")
                if kind == socket.SOCK_STREAM or dialled.recv(10):
                    print("connected", address, kind)
        except OSError:
            pass
"""


@pytest.fixture(params=[socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
def answering(request):
    """A port of all the host's addresses where somebody answers."""
    with socket.socket(socket.AF_INET, request.param) as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104  # so that whichever address is reached, somebody would answer
        if request.param == socket.SOCK_STREAM:
            listener.listen()
        listener.settimeout(0.2)
        heard = []
        is_over = threading.Event()

        def listen():
            while not is_over.is_set():
                with contextlib.suppress(TimeoutError):
                    if request.param == socket.SOCK_STREAM:
                        heard.append(listener.accept()[1])
                    else:
                        _, whom = listener.recvfrom(100)
                        heard.append(whom)
                        listener.sendto(b"yes", whom)

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], heard
        is_over.set()
        thread.join()


def test_the_host_and_the_metadata_services_are_not_reached_however_they_are_spelled(sandbox, answering):
    port, heard = answering
    spelled = ["127.0.0.1", "localhost", "0", "0x7f.1", "2130706433", "127.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"]  # noqa: S104
    metadata = ["169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254", "168.63.129.16"]
    sandbox.write(f"{TMP}/dial.py", _DIAL.encode())

    shown = sandbox.exec(["python3", f"{TMP}/dial.py", str(port), *spelled, *metadata], timeout_seconds=120)

    assert shown.stdout == b""
    assert heard == []


def test_walking_through_proc_leads_nowhere(sandbox):
    walk = "for link in /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe /proc/[0-9]*/fd/*; do readlink $link; done"

    seen = sandbox.exec(["sh", "-c", walk]).stdout_text.split("\n")
    maps = sandbox.exec(["sh", "-c", "cat /proc/[0-9]*/maps /proc/[0-9]*/mountinfo /proc/[0-9]*/cmdline"]).stdout_text

    assert not [link for link in seen if str(_ROOT) in link or link.startswith(str(Path.home()))]
    assert str(_ROOT) not in maps


@pytest.mark.parametrize(
    "file",
    [
        "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger", "/proc/self/uid_map",
        "/proc/irq/default_smp_affinity", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs",
        "/sys/fs/cgroup/memory.max", "/etc/passwd", "/etc/ld.so.preload", "/opt/callboard/x", "/usr/bin/x",
    ],
)  # fmt: skip
def test_what_rules_the_kernel_or_the_system_can_not_be_written(sandbox, file):
    assert sandbox.exec(["sh", "-c", f"echo 1 > {file}"]).exit_code != 0


@pytest.mark.parametrize("file", ["/proc/kcore", "/proc/kallsyms", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/fuse"])
def test_what_shows_the_kernel_can_not_be_read(sandbox, file):
    shown = sandbox.exec(["sh", "-c", f"head -c 4096 {file}"]).stdout

    assert shown.strip(b"\0") == b"" or set(shown.split()[::3]) == {b"0" * 16}


@pytest.mark.parametrize(
    "command",
    [
        "mount -t tmpfs none /mnt", "mount --bind / /mnt", "mknod /tmp/disk b 8 0", "chroot / true", "umount /proc",
        "nsenter -t 1 -m -- true", "unshare --mount true", "unshare --net true", "unshare --user --pid true",
        "hostname other", "ip link add dummy0 type dummy", "sysctl -w kernel.core_pattern=x", "reboot -f",
        "chown 0:0 /tmp", "setpriv --reuid 0 true", "capsh --user=root -- -c true",
    ],
)  # fmt: skip
def test_what_takes_a_right_is_refused(sandbox, command):
    assert sandbox.exec(["sh", "-c", command], timeout_seconds=20).exit_code != 0


def test_a_program_that_would_make_its_user_root_does_not(sandbox):
    result = sandbox.exec(["sh", "-c", "cp $(command -v id) /tmp/id && chmod 4755 /tmp/id && /tmp/id -u"])

    assert result.stdout_text.split()[0] == "1000"
    assert sandbox.exec(["sh", "-c", "su -c 'id -u' < /dev/null; id -u"]).stdout_text.split()[-1] == "1000"


@pytest.fixture(scope="module")
def small(backend):
    limits = Limits(memory_bytes=192 * MIB, pids=64, disk_bytes=64 * MIB, file_bytes=48 * MIB, output_bytes=MIB)
    with backend.open(SandboxSpec(limits=limits)) as opened:
        yield opened


@pytest.mark.parametrize("place", [TMP, "/dev/shm", "/home/user", "/home/user/workspace", "/var/tmp", "/run"])  # noqa: S108
def test_no_place_takes_more_than_the_disk_and_memory_allow(small, place):
    fill = (
        f"for i in 1 2 3 4 5 6 7 8 9; do head -c 40000000 /dev/zero > {place}/fill$i || break; done; sleep 8; echo over"
    )

    result = small.exec(["sh", "-c", fill], timeout_seconds=60)
    sizes = small.exec(["sh", "-c", f"stat -c %s {place}/fill* 2>/dev/null; rm -f {place}/fill*"]).stdout_text.split()

    assert not result.is_success or sum(map(int, sizes)) <= 192 * MIB
    assert small.exec(["echo", "alive"]).is_success


def test_many_processes_together_get_no_more_memory_than_one(small):
    if is_by_process(small):
        pytest.skip("without control groups a limit is one for each process, which the doctor says")
    code = "import os\nfor _ in range(8): os.fork() or (bytearray(64 * 1024 * 1024), __import__('time').sleep(3))"

    small.exec(["python3", "-c", code], timeout_seconds=30)

    assert small.exec(["echo", "alive"]).is_success


def test_a_gigabyte_of_output_is_cut_and_costs_us_no_memory(small):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = small.exec(["sh", "-c", "head -c 1000000000 /dev/zero; echo the end"], timeout_seconds=300)

    assert result.stdout.endswith(b"\0the end\n")
    assert len(result.stdout) < 2 * MIB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # in KiB


@pytest.mark.parametrize("manner", ["times out", "is stopped"])
def test_who_ignores_every_signal_is_ended_all_the_same(sandbox, manner):
    code = (
        "import os, signal, time\n"
        "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(number, signal.SIG_IGN)\n"
        "os.fork()\n"
        f"open('/tmp/{MARK}', 'w').close()\n"
        "while True: time.sleep(1)"
    )
    stop = threading.Event()
    if manner == "is stopped":
        threading.Timer(1, stop.set).start()

    result = sandbox.exec(["python3", "-c", code], timeout_seconds=1 if manner == "times out" else 60, stop=stop)

    assert (result.is_timed_out, result.is_stopped) == (manner == "times out", manner == "is stopped")
    assert MARK not in sandbox.exec(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -v grep"]).stdout_text


def test_nothing_outlives_the_sandbox(backend):
    daemon = "import os, time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\ntime.sleep(600)"
    with backend.open(SandboxSpec()) as opened:
        stop = threading.Event()
        running = threading.Thread(
            target=opened.exec, args=(["python3", "-c", f"{daemon}  # {MARK}"],), kwargs={"stop": stop}
        )
        running.start()
        time.sleep(1)
        stop.set()
        running.join()

    assert [pid for pid in host_processes() if MARK in pid] == []


def host_processes() -> list[str]:
    """Return the command lines of the host's processes but our own."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                lines.append((entry / "cmdline").read_bytes().decode(errors="replace"))
    return lines


@pytest.mark.parametrize("kind", ["-s", ""], ids=["symbolic", "hard"])
def test_a_link_out_of_the_work_folder_gives_us_nothing_and_takes_nothing(sandbox, roots, kind):
    target = roots / f"target-{secrets.token_hex(4)}"
    target.write_text(f"{MARK} of the host")
    target.chmod(0o666)
    sandbox.exec(
        [
            "sh",
            "-c",
            f"rm -rf {AGENT}/out {AGENT}/folder; ln {kind} {target} {AGENT}/out; ln -s {target.parent} {AGENT}/folder",
        ]
    )

    for path in (f"{AGENT}/out", f"{AGENT}/folder/{target.name}"):
        with pytest.raises(SandboxError):
            sandbox.read(path, limit=1000)
        with contextlib.suppress(SandboxError):
            sandbox.write(path, b"overwritten")
        with contextlib.suppress(SandboxError):
            sandbox.write_all(f"{AGENT}/folder", {target.name: b"overwritten"})

    assert target.read_text() == f"{MARK} of the host"
