"""What the container engine can and can't do here, line by line."""

from collections.abc import Mapping
from typing import Any

import requests
from docker.errors import DockerException

from sandboxes.backends.docker.engine import engine, labels_of_image
from sandboxes.backends.docker.shelf import DockerShelf
from sandboxes.base import GIB, BackendConfig
from sandboxes.errors import SandboxUnavailable
from sandboxes.images import HOW_TO_BUILD, RECIPE_LABEL, recipe
from sandboxes.report import BackendReport, Finding, Level

#: From here on the known ways out of runc are closed (CVE-2024-21626; CVE-2025-31133, 52565 and 52881).
_SAFE_RUNC = (1, 2, 8)
_LEAST_FREE_BYTES = 5 * GIB


def report(name: str, config: BackendConfig) -> BackendReport:
    try:
        client = engine()
        info: dict[str, Any] = client.info()
        version: dict[str, Any] = client.version()
        base = labels_of_image(config.base_image)
    except SandboxUnavailable as error:
        return BackendReport(name, "", (Finding(Level.ERROR, "engine", error.message, error.fix),))
    except (DockerException, requests.RequestException) as error:
        return BackendReport(name, "", (Finding(Level.ERROR, "engine", f"The engine does not answer: {error}"),))
    findings = (
        Finding(
            Level.OK, "engine", f"{info.get('OperatingSystem', 'The engine')} answers, version {version['Version']}."
        ),
        _image(config.base_image, base),
        *([] if base is None else [_room(config.base_image)]),
        _runc(version),
        _security(info),
        _limits(info),
        Finding(
            Level.WARNING, "disk", "The size of a sandbox is looked at every few seconds; no quota holds it meanwhile."
        ),
        Finding(Level.OK, "network", "Closed, or a bridge of its own without the host, private networks and metadata."),
        _runtime(info, config.runtime),
    )
    return BackendReport(name, str(version["Version"]), findings)


def _image(name: str, labels: Mapping[str, str] | None) -> Finding:
    if labels is None:
        return Finding(Level.ERROR, "image", f"The image {name} is not built.", HOW_TO_BUILD)
    if labels.get(RECIPE_LABEL, recipe()) != recipe():
        return Finding(Level.WARNING, "image", f"{name} was built by another version of Callboard.", HOW_TO_BUILD)
    return Finding(Level.OK, "image", f"{name} is built.")


def _room(base_image: str) -> Finding:
    """Say how much room there is where the engine keeps images, whichever disk that is."""
    try:
        free = DockerShelf("", base_image).free_bytes()
    except SandboxUnavailable as error:
        return Finding(Level.WARNING, "room", f"How much room there is for images is unknown: {error.message}")
    text = f"{free / GIB:.0f} GiB free for images."
    if free < _LEAST_FREE_BYTES:
        fix = "Free some space: builds are refused when there is too little (CALLBOARD_IMAGE_FREE_BYTES)."
        return Finding(Level.WARNING, "room", text, fix)
    return Finding(Level.OK, "room", text)


def _runc(version: dict[str, Any]) -> Finding:
    runc = next((part["Version"] for part in version.get("Components", []) if part["Name"] == "runc"), "")
    numbers = tuple(int(part) for part in runc.partition("-")[0].partition("+")[0].split(".") if part.isdigit())
    if numbers and numbers < _SAFE_RUNC:
        return Finding(
            Level.WARNING,
            "runc",
            f"runc {runc} has known ways out of a container, unless your distribution has mended them.",
            "Update the engine to one with runc 1.2.8 or newer.",
        )
    return Finding(Level.OK, "runc", f"runc {runc or 'of another name'}.")


def _security(info: dict[str, Any]) -> Finding:
    options = " ".join(info.get("SecurityOptions") or [])
    if "seccomp" not in options:
        return Finding(
            Level.WARNING, "kernel", "The engine filters no system calls.", "Use an engine and a kernel with seccomp."
        )
    if "rootless" in options or "userns" in options:
        return Finding(Level.OK, "kernel", "System calls are filtered, and root inside is nobody outside.")
    return Finding(
        Level.OK,
        "kernel",
        "System calls are filtered. Root inside, in the sudo profile, is root outside too but for its rights: "
        "userns-remap or a rootless engine would change that.",
    )


def _limits(info: dict[str, Any]) -> Finding:
    missing = [
        word
        for word, key in (("memory", "MemoryLimit"), ("processes", "PidsLimit"), ("processor time", "CpuCfsQuota"))
        if not info.get(key)
    ]
    if missing:
        return Finding(
            Level.WARNING, "limits", f"The engine can't limit {', '.join(missing)}.", "Enable the control groups."
        )
    kind = info.get("CgroupVersion", "1")
    text = f"Memory, processes and processor time are limited by control groups (version {kind})."
    return Finding(Level.OK, "limits", text)


def _runtime(info: dict[str, Any], runtime: str | None) -> Finding:
    known = sorted(info.get("Runtimes") or {})
    if runtime is None:
        return Finding(
            Level.OK, "runtime", "Containers share the host's kernel; for hostile code choose runsc or kata."
        )
    if runtime in known:
        return Finding(Level.OK, "runtime", f"Sandboxes use the runtime {runtime}.")
    return Finding(
        Level.ERROR,
        "runtime",
        f"The engine has no runtime {runtime}; it has {', '.join(known)}.",
        "Install it, or choose another.",
    )
