"""Tries what bubblewrap can do on this machine, once a process."""

import functools
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from sandboxes.backends.bubblewrap.host import account
from sandboxes.backends.bubblewrap.process import started
from sandboxes.errors import SandboxUnavailable

#: The least that every sandbox here is made of.
_BASIC = [
    *("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
    *("--uid", "1000", "--gid", "1000", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"),
]
_CLOSED = ["--disable-userns", "--assert-userns-disabled"]


class Probe(NamedTuple):
    """`problem` is empty where bubblewrap works."""

    version: str
    problem: str = ""
    fix: str = ""
    can_disable_userns: bool = False


@functools.cache
def probe() -> Probe:
    if shutil.which("bwrap") is None:
        return Probe("", "bwrap is not on the PATH.", "apt-get install bubblewrap")
    version = _version()
    if shutil.which("prlimit") is None:
        return Probe(version, "prlimit is not on the PATH.", "apt-get install util-linux")
    problem = _problem_with(_BASIC)
    if problem:
        return Probe(version, problem, _fix_for_namespaces())
    return Probe(version, can_disable_userns=not _problem_with([*_BASIC, *_CLOSED]))


def _version() -> str:
    said = subprocess.run(["bwrap", "--version"], check=False, capture_output=True, text=True, timeout=10).stdout
    found = re.search(r"\d+(\.\d+)+", said)
    return found.group() if found else ""


def _problem_with(options: list[str]) -> str:
    """Run `true` with these options; return what bwrap said when it could not."""
    try:
        with started(options, ["true"], limits=[], account=account()) as bwrap:
            bwrap.release()
            _, errors = bwrap.process.communicate(timeout=10)
            return (
                "" if bwrap.exit_code() == 0 else errors.decode(errors="replace").strip() or "It ended without a word."
            )
    except (SandboxUnavailable, subprocess.SubprocessError) as error:
        return str(error)


def _fix_for_namespaces() -> str:
    switches = {
        "/proc/sys/kernel/unprivileged_userns_clone": "0",
        "/proc/sys/user/max_user_namespaces": "0",
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1",
    }
    for path, closed in switches.items():
        file = Path(path)
        if file.exists() and file.read_text().strip() == closed:
            name = path.removeprefix("/proc/sys/").replace("/", ".")
            value = {"0": "1", "1": "0"}[closed] if "max_" not in path else "16384"
            return f"sysctl -w {name}={value}"
    return "Allow user namespaces here: in a container, run it with `--security-opt seccomp=unconfined`, or use docker."
