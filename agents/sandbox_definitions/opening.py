"""From what a definition says to what a sandbox is opened with. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from agents.sandbox_definitions.shape import NetworkPolicy, SandboxSettings
from console.errors import Problem
from sandboxes.base import MIB, Limits, Network, SandboxSpec
from sandboxes.capabilities import Capabilities, Wish

#: The settings' own name of each wish.
_FIELDS = {
    Wish.CPUS: "cpus",
    Wish.MEMORY: "memory_mb",
    Wish.DISK: "disk_mb",
    Wish.PIDS: "pids",
    Wish.IMAGE: "image",
    Wish.RUNTIME: "runtime",
    Wish.INTERNET: "network",
}


def spec_of(settings: SandboxSettings) -> SandboxSpec:
    """Return what a sandbox of a definition is opened with, whatever the run adds."""
    limits = Limits()
    disk = _bytes(settings.disk_mb, limits.disk_bytes)
    return SandboxSpec(
        limits=replace(
            limits,
            cpus=settings.cpus or limits.cpus,
            memory_bytes=_bytes(settings.memory_mb, limits.memory_bytes),
            pids=settings.pids or limits.pids,
            disk_bytes=disk,
            file_bytes=min(disk, limits.file_bytes),
        ),
        network=Network.INTERNET if settings.network is NetworkPolicy.INTERNET else Network.NONE,
        image=settings.image or None,
        runtime=settings.runtime or None,
        must=frozenset(wish for wish in _LIMITS if getattr(settings, _FIELDS[wish]) is not None),
    )


_LIMITS = (Wish.CPUS, Wish.MEMORY, Wish.DISK, Wish.PIDS)


def granting_problems(settings: SandboxSettings, machines: Iterable[Capabilities]) -> list[Problem]:
    """Return what of a definition one of the machines can't grant, each once at its field."""
    spec = spec_of(settings)
    refused = {refusal.wish: refusal for machine in machines for refusal in machine.refusals(spec)}
    return [Problem(refusal.text, _FIELDS[wish]) for wish, refusal in refused.items()]


def asks_for_something(settings: SandboxSettings) -> bool:
    """Say whether a definition asks for what not every machine can grant."""
    spec = spec_of(settings)
    return bool(spec.must or spec.image or spec.runtime) or spec.network is Network.INTERNET


def allowed_problems(settings: SandboxSettings, *, images: Iterable[str], runtimes: Iterable[str]) -> list[Problem]:
    """Return what of a definition the operator has not allowed."""
    found = []
    for value, allowed, field, setting in (
        (settings.image, list(images), "image", "CALLBOARD_SANDBOX_IMAGES"),
        (settings.runtime, list(runtimes), "runtime", "CALLBOARD_SANDBOX_RUNTIMES"),
    ):
        if value and value not in allowed:
            known = (
                f"It allows {', '.join(allowed)}." if allowed else f"The operator names those that are in {setting}."
            )
            found.append(Problem(f"This installation does not allow the {field} {value}. {known}", field))
    return found


def _bytes(megabytes: int | None, default: int) -> int:
    return default if megabytes is None else megabytes * MIB
