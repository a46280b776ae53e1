"""What a backend can hold a sandbox to on one machine, as data: asked before anything is promised. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from sandboxes.base import Network, SandboxSpec


class Wish(StrEnum):
    """What can be asked of a sandbox beyond what every backend has."""

    CPUS = "cpus"
    MEMORY = "memory"
    DISK = "disk"
    PIDS = "pids"
    IMAGE = "image"
    RUNTIME = "runtime"
    INTERNET = "internet"


class Refusal(NamedTuple):
    """A wish that can't be granted, and why, in a sentence."""

    wish: Wish
    text: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`cannot` says of each wish that can't be granted why not. `cpus` is how many there are to be had, 0 if unknown.

    `runtimes` are the engine's, where the backend has an engine.
    """

    backend: str
    cannot: Mapping[Wish, str] = field(default_factory=dict)
    cpus: float = 0
    runtimes: tuple[str, ...] = ()

    def refusals(self, spec: SandboxSpec) -> list[Refusal]:
        """Return what of a sandbox can't be granted here."""
        found = [Refusal(wish, self.cannot[wish]) for wish in _wishes(spec) if wish in self.cannot]
        refused = {refusal.wish for refusal in found}
        if spec.runtime and Wish.RUNTIME not in refused and spec.runtime not in self.runtimes:
            known = ", ".join(self.runtimes) or "none"
            found.append(Refusal(Wish.RUNTIME, f"The engine has no runtime {spec.runtime}; it has {known}."))
        if Wish.CPUS in spec.must and Wish.CPUS not in refused and 0 < self.cpus < spec.limits.cpus:
            found.append(Refusal(Wish.CPUS, f"The machine has {self.cpus:g} processors. Ask for fewer."))
        return found

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Capabilities":
        cannot = {Wish(wish): str(text) for wish, text in data["cannot"].items()}
        return cls(str(data["backend"]), cannot, float(data["cpus"]), tuple(data["runtimes"]))


def _wishes(spec: SandboxSpec) -> list[Wish]:
    asked = {
        Wish.IMAGE: spec.image is not None,
        Wish.RUNTIME: spec.runtime is not None,
        Wish.INTERNET: spec.network is Network.INTERNET,
    }
    return [wish for wish in Wish if wish in spec.must or asked.get(wish, False)]
