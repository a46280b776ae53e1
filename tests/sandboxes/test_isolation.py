"""What a sandbox does not let through."""

import contextlib
import os
import socket
import threading

import pytest

from sandboxes.base import SandboxSpec
from sandboxes.paths import TMP

pytestmark = pytest.mark.escape

_CONNECT = """
import socket, sys
family, address = sys.argv[1], sys.argv[2:]
try:
    connection = socket.socket(getattr(socket, family), socket.SOCK_STREAM)
    connection.settimeout(2)
    connection.connect(tuple([address[0], int(address[1])]) if family == "AF_INET" else address[0].replace("@", chr(0)))
except OSError as error:
    print("refused", type(error).__name__)
else:
    print("connected")
"""


def connect(sandbox, *address):
    sandbox.write("/home/user/connect.py", _CONNECT.encode())
    return sandbox.exec(["python3", "/home/user/connect.py", *address]).stdout_text


@contextlib.contextmanager
def listening(family, address):
    """A socket of the host that takes whoever comes."""
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind(address)
        listener.listen()
        yield listener.getsockname()


def test_the_hosts_files_are_not_there(sandbox, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("of the host")

    shown = sandbox.exec(["cat", str(secret), "/root/.bashrc", "/etc/shadow", "/etc/ssh/sshd_config"])

    assert shown.stdout == b""
    assert tmp_path.name not in sandbox.exec(["sh", "-c", "ls -A /home /tmp /root /srv /mnt"]).stdout_text


def test_the_hosts_environment_is_not_that_of_any_process_inside(sandbox):
    shown = sandbox.exec(["sh", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep ^PATH= | sort -u"]).stdout_text

    assert len(shown.splitlines()) == 1
    assert shown.startswith("PATH=/home/user/.local/bin:")


def test_the_hosts_processes_are_not_there(sandbox):
    shown = sandbox.exec(["sh", "-c", "ls -d /proc/[0-9]* | wc -l; cat /proc/[0-9]*/comm"]).stdout_text

    assert int(shown.split()[0]) < 15
    assert "pytest" not in shown
    assert not {f"/proc/{pid}" for pid in (os.getpid(), os.getppid())} & set(shown.split())


def test_the_hosts_loopback_can_not_be_reached(sandbox):
    with listening(socket.AF_INET, ("127.0.0.1", 0)) as (host, port):
        assert connect(sandbox, "AF_INET", host, str(port)).startswith("refused")


def test_no_address_outside_can_be_reached(sandbox):
    for address in ("1.1.1.1", "169.254.169.254", "10.0.0.1", "172.17.0.1"):
        assert connect(sandbox, "AF_INET", address, "80") == "refused OSError\n"


def test_no_unix_socket_of_the_host_can_be_reached(sandbox, tmp_path):
    with listening(socket.AF_UNIX, str(tmp_path / "host.sock")) as path:
        assert connect(sandbox, "AF_UNIX", path).startswith("refused")
    for path in ("/var/run/docker.sock", "/run/dbus/system_bus_socket"):
        assert connect(sandbox, "AF_UNIX", path).startswith("refused")


def test_no_abstract_socket_of_the_host_can_be_reached(sandbox):
    name = f"callboard-test-{os.getpid()}"
    with listening(socket.AF_UNIX, f"\0{name}"):
        assert connect(sandbox, "AF_UNIX", f"@{name}").startswith("refused")


def test_only_the_channel_and_nothing_else_lies_in_our_own_folder(sandbox):
    assert sandbox.exec(["ls", "-A", "/run/callboard"]).stdout == b"channel.sock\n"


@pytest.mark.parametrize("place", ["/", "/usr", "/usr/bin", "/etc", "/run/callboard", "/opt/callboard", "/opt", "/var"])
def test_the_system_can_not_be_written_to(sandbox, place):
    result = sandbox.exec(["sh", "-c", f"echo x > {place}/planted"])

    assert result.exit_code != 0


def test_the_channel_can_not_be_taken_away_or_replaced(sandbox):
    assert sandbox.exec(["rm", "-f", "/run/callboard/channel.sock"]).exit_code != 0
    assert sandbox.exec(["mv", "/run/callboard/channel.sock", TMP]).exit_code != 0


def test_no_user_namespace_can_be_made(sandbox):
    result = sandbox.exec(["unshare", "--user", "--map-root-user", "true"])

    assert result.exit_code != 0


def test_sudo_leads_nowhere(sandbox):
    assert sandbox.exec(["sh", "-c", "sudo -n id -u || su -c 'id -u' </dev/null"]).stdout != b"0\n"


def test_two_sandboxes_see_nothing_of_each_other(backend, sandbox):
    with backend.open(SandboxSpec()) as other:
        other.exec(["sh", "-c", "echo mine > /tmp/mine; echo mine > ~/mine"])
        stop = threading.Event()
        running = threading.Thread(target=lambda: other.exec(["sleep", "4321"], stop=stop))
        running.start()
        seen = sandbox.exec(["sh", "-c", "ls -A /tmp ~; cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]).stdout_text
        stop.set()
        running.join()

    assert "mine" not in seen
    assert "4321 " not in seen.replace("sh -c", "")
