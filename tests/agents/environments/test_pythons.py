"""Where Pythons come from: this machine, or a download."""

import shutil
import sys
import threading
from pathlib import Path

import pytest

from agents.environments import pythons
from agents.environments.caches import Caches
from agents.environments.pythons import downloaded_python, found_here, is_downloaded, own_python, python_at_hand
from agents.environments.ready import ready
from agents.environments.report import findings
from agents.environments.setup_log import StepFailed
from agents.environments.shape import Environment
from agents.services.progress import Superseded
from sandboxes.report import Level

NO_MIRROR = "http://127.0.0.1:9"


@pytest.fixture
def nowhere(monkeypatch, tmp_path, settings):
    """A machine without any other Python than those that a test puts into the folder that is returned."""
    monkeypatch.setattr(pythons, "_USUAL", ())
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "none"))
    settings.CALLBOARD_PYTHONS = [str(tmp_path)]
    return tmp_path


def make_python(folder: Path, version: str, *, says: str = "") -> Path:
    minor = ".".join(version.split(".")[:2])
    python = folder / "bin" / f"python{minor}"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho {says or version}\n")
    python.chmod(0o755)
    library = folder / "lib" / f"python{minor}"
    for name in ("os.py", "site-packages/secret.py", "test/test_os.py", "json/__init__.py"):
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text("")
    return folder


def test_a_python_is_found_by_what_it_says_of_itself(nowhere):
    make_python(nowhere / "one", "3.9.18")
    make_python(nowhere / "two", "3.9.20")
    make_python(nowhere / "liar", "3.9.1", says="3.8.1")
    make_python(nowhere / "broken", "3.9.2", says="; exit 1")

    assert [(one.prefix.name, one.version) for one in found_here("3.9")] == [("one", "3.9.18"), ("two", "3.9.20")]
    assert found_here("3.10") == []


def test_the_newest_is_shown_without_what_was_installed_into_it(nowhere, bubblewrap):
    make_python(nowhere / "cpython-3.12.1-linux-x86_64-gnu", "3.12.1")
    make_python(nowhere / "cpython-3.12.10-linux-x86_64-gnu", "3.12.10")
    with Caches(bubblewrap, threading.Event()) as caches:
        python = python_at_hand(bubblewrap, "3.12", caches)
        (mount,) = python.mounts
        files = {str(path.relative_to(mount.source)) for path in mount.source.rglob("*") if path.is_file()}

    assert mount.target == "/opt/pythons/cpython-3.12.10-linux-x86_64-gnu"
    assert python.path == f"{mount.target}/bin/python3.12"
    assert files == {"bin/python3.12", "lib/python3.12/os.py", "lib/python3.12/json/__init__.py"}


@pytest.mark.docker
def test_an_image_is_shown_standalone_pythons_alone(nowhere, docker):
    make_python(nowhere / "3.12.1", "3.12.1")
    with Caches(docker, threading.Event()) as caches:
        assert python_at_hand(docker, "3.12", caches) is None
        make_python(nowhere / "cpython-3.12.1-linux-x86_64-gnu", "3.12.1")
        assert (
            python_at_hand(docker, "3.12", caches).path == "/opt/pythons/cpython-3.12.1-linux-x86_64-gnu/bin/python3.12"
        )


def test_a_python_that_lies_where_a_sandbox_has_something_else_is_not_shown(nowhere, bubblewrap):
    make_python(nowhere / "built-here", "3.12.1")
    with Caches(bubblewrap, threading.Event()) as caches:
        assert found_here("3.12")
        assert python_at_hand(bubblewrap, "3.12", caches) is None


def test_a_python_that_changed_is_another_one(nowhere, bubblewrap):
    name = "cpython-3.12.1-linux-x86_64-gnu"
    folder = make_python(nowhere / name, "3.12.1")
    with Caches(bubblewrap, threading.Event()) as caches:
        first = python_at_hand(bubblewrap, "3.12", caches).name
        shutil.rmtree(folder)
        make_python(nowhere / name, "3.12.1")
        assert python_at_hand(bubblewrap, "3.12", caches).name != first


def test_a_chosen_python_that_can_not_be_had_is_environment_setup_failed(nowhere, bubblewrap, work, settings):
    settings.CALLBOARD_PYTHON_MIRROR = NO_MIRROR
    version = next(one for one in ("3.9", "3.10", "3.12") if own_python(bubblewrap, one) is None)
    with Caches(bubblewrap, work.stop) as caches, pytest.raises(StepFailed) as caught:
        ready(Environment(python_version=version), bubblewrap, None, caches, work)

    assert caught.value.reason == "It is not on this machine, and could not be downloaded."
    assert "127.0.0.1:9" in caught.value.tail
    assert not is_downloaded(bubblewrap, version)


def test_a_blank_python_is_the_hosts_own_where_there_is_no_3_13_and_the_log_says_so(nowhere, bubblewrap, work):
    if own_python(bubblewrap, "3.13"):
        pytest.skip("the host's own Python is 3.13")
    with Caches(bubblewrap, work.stop) as caches:
        assert ready(Environment(), bubblewrap, None, caches, work).python is None

    assert work.text == f"Python 3.13 is not on this machine, so this run has Python {bubblewrap.default_python()}.\n"
    warning = next(finding for finding in findings(bubblewrap) if finding.subject == "Pythons")
    assert (warning.level, "as there is no 3.13" in warning.text) == (Level.WARNING, True)


def test_a_default_python_that_does_not_work_inside_does_no_harm(nowhere, bubblewrap, work):
    if own_python(bubblewrap, "3.13"):
        pytest.skip("the host's own Python is 3.13")
    make_python(nowhere / "cpython-3.13.1-linux-x86_64-gnu", "3.13.1")
    with Caches(bubblewrap, work.stop) as caches:
        assert ready(Environment(), bubblewrap, None, caches, work).python is None

    assert "so this run has Python" in work.text


def test_a_download_stops_when_nobody_waits_for_it(bubblewrap, work, settings):
    settings.CALLBOARD_PYTHON_MIRROR = NO_MIRROR
    work.stop.set()
    with Caches(bubblewrap, work.stop) as caches, pytest.raises(Superseded):
        downloaded_python("3.9", caches, work)


@pytest.mark.docker
def test_the_doctor_names_uv_and_where_each_python_is(docker):
    uv, pythons_line = findings(docker)

    assert uv.text.startswith("uv 0.")
    assert pythons_line.level is Level.OK
    assert "3.13 is in the base image" in pythons_line.text
