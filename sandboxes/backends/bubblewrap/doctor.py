"""What bubblewrap can and can't do on this machine, line by line."""

import os

from sandboxes.backends.bubblewrap import host, internet
from sandboxes.backends.bubblewrap.probe import Probe, probe
from sandboxes.cgroups import Hierarchy
from sandboxes.report import BackendReport, Finding, Level

#: From here on bwrap itself does not follow links when it makes mount points (GHSA-pxhw-h44j-8pfx).
_SAFE_VERSION = (0, 12)


def report(name: str, hierarchy: Hierarchy | None) -> BackendReport:
    found = probe()
    if found.problem:
        return BackendReport(name, found.version, (Finding(Level.ERROR, "bubblewrap", found.problem, found.fix),))
    return BackendReport(
        name,
        found.version,
        (
            _version(found),
            _account(),
            _namespaces(found),
            _limits(hierarchy),
            Finding(
                Level.WARNING, "disk", "The size of a sandbox is looked at every second; no quota holds it meanwhile."
            ),
            _network(),
            _python(),
            Finding(Level.OK, "packages", "No system packages and no images of your own; the docker backend has both."),
        ),
    )


def _version(found: Probe) -> Finding:
    numbers = tuple(int(part) for part in found.version.split(".")[:2])
    if numbers >= _SAFE_VERSION:
        return Finding(Level.OK, "bubblewrap", f"bubblewrap {found.version} works.")
    return Finding(
        Level.OK,
        "bubblewrap",
        f"bubblewrap {found.version} works. Versions before 0.12 follow links when making mount points "
        "(GHSA-pxhw-h44j-8pfx); mount points are made only where agents can't write.",
    )


def _account() -> Finding:
    account = host.account()
    if os.geteuid() == 0:
        return Finding(Level.OK, "account", f"Sandboxes run as user {account.uid}, who owns nothing here.")
    return Finding(
        Level.OK,
        "account",
        f"Sandboxes run as this user ({account.uid}), in a namespace that sees only their own files.",
    )


def _namespaces(found: Probe) -> Finding:
    if found.can_disable_userns:
        return Finding(Level.OK, "namespaces", "What runs inside can't make user namespaces of its own.")
    return Finding(
        Level.WARNING,
        "namespaces",
        "What runs inside can make user namespaces, which opens more of the kernel to it.",
        "Install bubblewrap 0.8 or newer.",
    )


def _limits(hierarchy: Hierarchy | None) -> Finding:
    if hierarchy is not None:
        return Finding(
            Level.OK,
            "limits",
            f"Memory, processes and processor time are limited by control groups (version {hierarchy.version}).",
        )
    return Finding(
        Level.WARNING,
        "limits",
        "No control groups can be made here: memory and processor time are limited for each process alone.",
        "Run the worker as root, or in a systemd unit with Delegate=yes.",
    )


def _network() -> Finding:
    obstacle = internet.obstacle()
    if obstacle is not None:
        return Finding(Level.WARNING, "network", obstacle.message, obstacle.fix)
    return Finding(
        Level.OK, "network", "Closed, or the internet through slirp4netns without the host and private networks."
    )


def _python() -> Finding:
    python = host.interpreter()
    if python is None:
        return Finding(Level.ERROR, "python", "There is no Python that sandboxes could use.", "apt-get install python3")
    return Finding(Level.OK, "python", f"Agents run on {python}.")
