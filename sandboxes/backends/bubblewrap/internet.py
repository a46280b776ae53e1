"""Joins the network of a sandbox to the internet with slirp4netns, and closes the way to everything nearer."""

import contextlib
import fcntl
import functools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from sandboxes.errors import SandboxUnavailable
from sandboxes.network import addresses_of, rules

#: slirp4netns answers questions of names here.
NAMESERVER = "10.0.2.3"
_TUN = "/dev/net/tun"
_NEEDED = ("slirp4netns", "nsenter", "ip")
_NS_GET_USERNS = 0xB701
_START_SECONDS = 10


def obstacle() -> SandboxUnavailable | None:
    """Return why no sandbox can have the internet here, None when one can."""
    lacking = [tool for tool in _NEEDED if shutil.which(tool) is None]
    if lacking:
        return SandboxUnavailable(
            f"Sandboxes with the internet need {', '.join(lacking)}, which is not on the PATH.",
            fix="Run .ci/system-packages.",
        )
    if not os.access(_TUN, os.R_OK | os.W_OK):
        return SandboxUnavailable(f"Sandboxes with the internet need {_TUN}.", fix=f"modprobe tun; chmod 666 {_TUN}")
    return None


@contextlib.contextmanager
def internet(pid: int) -> Iterator[None]:
    """Keep the network namespace of `pid` joined for as long as the block runs.

    The rules come second, since they would not let the default route in; nothing runs in the sandbox before that.
    """
    with contextlib.ExitStack() as opened:
        net = opened.enter_context(_opened(f"/proc/{pid}/ns/net"))
        owner = None
        if os.geteuid() != 0:  # root has every right over it as it is; its owner gets them by entering what owns it
            owner = fcntl.ioctl(net, _NS_GET_USERNS)
            opened.callback(os.close, owner)
        _wait_for_loopback(pid)
        opened.enter_context(_slirp(net, owner))
        batch = rules(nameservers=[NAMESERVER], host_addresses=_host_addresses())
        _in_network(net, owner, ["ip", "-batch", "-"], batch)
        yield


def _wait_for_loopback(pid: int) -> None:
    """Wait until bwrap has brought up the loopback: slirp4netns would do so too, and the second one of them fails."""
    deadline = time.monotonic() + _START_SECONDS
    routes = Path(f"/proc/{pid}/net/fib_trie")
    try:
        while "127.0.0.1" not in routes.read_text():
            if time.monotonic() > deadline:
                raise SandboxUnavailable("bubblewrap did not bring up the network of the sandbox.")
            time.sleep(0.001)
    except OSError as error:
        raise SandboxUnavailable("bubblewrap ended while the network of the sandbox was brought up.") from error


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


@functools.cache
def _host_addresses() -> list[str]:
    shown = subprocess.run(["ip", "-json", "-4", "address"], check=True, capture_output=True, timeout=10)
    return addresses_of(json.loads(shown.stdout))


def _in_network(net: int, owner: int | None, argv: list[str], given: str) -> None:
    user = [] if owner is None else [f"--user=/proc/self/fd/{owner}", "--preserve-credentials"]
    done = subprocess.run(
        ["nsenter", f"--net=/proc/self/fd/{net}", *user, *argv],
        input=given.encode(),
        capture_output=True,
        check=False,
        timeout=_START_SECONDS,
        pass_fds=[handle for handle in (net, owner) if handle is not None],
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise SandboxUnavailable(f"The sandbox's network could not be closed to private addresses: {said}")


@contextlib.contextmanager
def _slirp(net: int, owner: int | None) -> Iterator[None]:
    ready_read, ready_write = os.pipe()
    exit_read, exit_write = os.pipe()
    # Its own sandbox takes root: ours, as nobody is root in the sandbox's namespace.
    user = ["--enable-sandbox"] if owner is None else [f"--userns-path=/proc/self/fd/{owner}"]
    options = ["--configure", "--mtu=65520", "--disable-host-loopback", "--enable-seccomp"]
    process = subprocess.Popen(
        [
            "slirp4netns",
            *options,
            f"--ready-fd={ready_write}",
            f"--exit-fd={exit_read}",
            *user,
            "--netns-type=path",
            f"/proc/self/fd/{net}",
            "tap0",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[handle for handle in (ready_write, exit_read, net, owner) if handle is not None],
    )
    os.close(ready_write)
    os.close(exit_read)
    with process:
        try:
            if not os.read(ready_read, 1):
                said = process.communicate(timeout=_START_SECONDS)[1].decode(errors="replace").strip()
                raise SandboxUnavailable(f"slirp4netns could not start: {said}")
            yield
        finally:
            os.close(ready_read)
            os.close(exit_write)  # it ends when this does, also when this process is killed
            process.wait(_START_SECONDS)
