"""Gets an agent's environment ready: what is there already is taken, what is not is prepared, once for all runs."""

from dataclasses import dataclass, replace
from pathlib import Path

from agents.environments import preparing, system_packages
from agents.environments.caches import Caches
from agents.environments.preparing import TREE, Wanted, in_words, installed_in, make_environment
from agents.environments.pythons import Python, downloaded_python, own_python, python_at_hand
from agents.environments.setup_log import StepFailed
from agents.environments.shape import DEFAULT_PYTHON, Environment
from agents.environments.uv import uv_mount
from agents.environments.work import Untold, Work
from agents.phases import Phase
from sandboxes import paths
from sandboxes.base import Backend, Mount, Profile


@dataclass(frozen=True, slots=True)
class Ready:
    """What a sandbox is opened with so that the environment is in it. `python` is the agent's interpreter inside.

    None as `python` is the one that the sandbox has anyway, None as `image` the base image.
    """

    image: str | None = None
    mounts: tuple[Mount, ...] = ()
    python: str | None = None
    profile: Profile = Profile.LOCKED

    @property
    def shell_prefix(self) -> str:
        """What puts the environment before everything else in a shell."""
        if self.python is None:
            return ""
        return f'VIRTUAL_ENV={paths.ENVIRONMENT} PATH="{paths.ENVIRONMENT}/bin:$PATH"; export VIRTUAL_ENV PATH; '


def ready(environment: Environment, backend: Backend, image: str | None, caches: Caches, work: Work) -> Ready:
    """Return what the environment came to; it stays ready until the caches are let go of.

    Raise StepFailed where a step of the preparation comes to nothing, Superseded, SandboxError.
    """
    profile = Profile.SUDO if environment.setup_command and backend.has_root else Profile.LOCKED
    if not _needs_preparing(environment, backend):
        return Ready(image, profile=profile)
    if not environment.is_prepared:
        work = replace(work, steps=Untold())
    if environment.system_packages:
        image = _with_packages(environment, image, backend, caches, work)
    python = _python(environment, backend, caches, work)
    if python is None:
        return Ready(image, profile=profile)
    try:
        made = _environment(environment, python, image, backend, caches, work)
    except StepFailed:
        if environment.python_version or environment.requirements:
            raise
        _tell_of_default(backend, work)  # nothing was asked for that could fail
        return Ready(image, profile=profile)
    return Ready(image, (made, *python.mounts), f"{paths.ENVIRONMENT}/bin/python", profile)


def phase_of(environment: Environment) -> Phase:
    """Return the phase in which it is got ready: where nothing was asked for, that is a part of opening the sandbox."""
    return Phase.PREPARE if environment.is_prepared else Phase.BOOT


def _needs_preparing(environment: Environment, backend: Backend) -> bool:
    has_python = environment.python in backend.pythons() and _is_default(environment.python, backend)
    return bool(environment.system_packages or environment.requirements) or not has_python


def _is_default(version: str, backend: Backend) -> bool:
    """Say whether a version is the one that agents run on where nothing is prepared."""
    return backend.default_python() == version


def _with_packages(environment: Environment, image: str | None, backend: Backend, caches: Caches, work: Work) -> str:
    packages = environment.system_packages
    with work.steps.step(system_packages.STEP) as step:
        step["detail"] = ", ".join(packages)
        image, step["cached"] = system_packages.image_with(packages, image, backend, caches, work)
        return image


def _python(environment: Environment, backend: Backend, caches: Caches, work: Work) -> Python | None:
    """Return the Python to use; None for the one that the sandbox has anyway."""
    version = environment.python
    if (own := own_python(backend, version)) is not None:
        return own if environment.requirements or not _is_default(version, backend) else None
    with work.steps.step(f"Python {version}") as step:
        found = python_at_hand(backend, version, caches)
        if found is None and environment.python_version:
            found = downloaded_python(version, caches, work)
        if found is not None:
            return found
        default = backend.default_python()
        step["detail"] = f"Python {default} in its place"
    _tell_of_default(backend, work)
    return own_python(backend, default) if environment.requirements else None


def _environment(
    environment: Environment, python: Python, image: str | None, backend: Backend, caches: Caches, work: Work
) -> Mount:
    wanted = Wanted(python, tuple(environment.requirements), image)
    is_made = False
    with work.steps.step(preparing.STEP if wanted.requirements else "Python environment") as step:

        def make(folder: Path) -> None:
            nonlocal is_made
            is_made = True
            make_environment(wanted, backend, uv_mount(caches), work, folder)

        folder = caches.hold("environments", wanted.key(backend), make)
        step["cached"] = not is_made
        if wanted.requirements:
            step["detail"] = in_words(installed_in(folder))
        return Mount(folder / TREE, paths.ENVIRONMENT)


def _tell_of_default(backend: Backend, work: Work) -> None:
    default = backend.default_python()
    work.put("stdout", f"Python {DEFAULT_PYTHON} is not on this machine, so this run has Python {default}.\n")
