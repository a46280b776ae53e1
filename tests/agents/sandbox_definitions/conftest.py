import pytest

from agents.services import sandbox_definitions as services
from sandboxes.capabilities import Capabilities, Wish

EVERYTHING = Capabilities("docker", cpus=8, runtimes=("runc", "runsc"))
LITTLE = Capabilities(
    "bubblewrap", {Wish.CPUS: "No control groups.", Wish.IMAGE: "No images.", Wish.RUNTIME: "No runtimes."}
)


@pytest.fixture
def machines(monkeypatch):
    """The machines that are known to open sandboxes; one that can do everything, until told otherwise."""
    known = [EVERYTHING]
    monkeypatch.setattr(services, "machines", lambda: known)
    return known
