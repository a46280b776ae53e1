"""What environments can be made of on this machine, for the doctor."""

from collections.abc import Iterator
from importlib.metadata import version

from agents.environments.pythons import is_downloaded, own_python, showable
from agents.environments.shape import DEFAULT_PYTHON, PYTHON_VERSIONS
from sandboxes.base import Backend
from sandboxes.report import Finding, Level

_SUBJECT = "Pythons"


def findings(backend: Backend) -> Iterator[Finding]:
    """Yield what prepares environments for a backend's sandboxes, and which Pythons they can have."""
    yield Finding(Level.OK, "uv", f"uv {version('uv')} prepares the Python environments of agents.")
    places = {python: _place(backend, python) for python in PYTHON_VERSIONS}
    text = "; ".join(f"{python} {place}" for python, place in places.items() if place)
    missing = [python for python, place in places.items() if not place]
    if missing:
        text += f"; {', '.join(missing)} would be downloaded when an agent asks"
    if places[DEFAULT_PYTHON]:
        yield Finding(Level.OK, _SUBJECT, text)
        return
    told = f"Agents that choose no Python run on {backend.default_python()}, as there is no {DEFAULT_PYTHON}: {text}"
    yield Finding(Level.WARNING, _SUBJECT, told, f".venv/bin/uv python install {DEFAULT_PYTHON}")


def _place(backend: Backend, python: str) -> str:
    """Return where a version comes from, blank where it is not there."""
    if own_python(backend, python) is not None:
        return "is the host's" if backend.shows_host else "is in the base image"
    if showable(backend, python):
        return "is on this machine"
    return "was downloaded" if is_downloaded(backend, python) else ""
