"""Parked sandboxes: given out once, clean, and ended when they are nobody's."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from sandboxes import warm
from sandboxes.backends.docker.engine import engine
from sandboxes.base import Limits, Mount, SandboxSpec
from sandboxes.warm import Owner
from tests.sandboxes.conftest import make_backend

pytestmark = pytest.mark.docker

SPEC = SandboxSpec(labels={"organization": "o", "run": "r", "step": "s", "attempt": "1"})


@pytest.fixture
def docker(tmp_path):
    """A backend of a root of its own, in which nothing is left."""
    root = tmp_path / "sandboxes"
    backend = make_backend("docker", root)
    yield backend
    backend.reap(lambda _: False)


@pytest.fixture
def shelf(docker):
    return docker.warm_shelf()


@pytest.fixture
def owner(docker):
    made = Owner(docker.shared_root())
    yield made
    made.close()


def containers(docker):
    return engine().api.containers(all=True, filters={"label": f"callboard.instance={docker._instance}"})


def test_one_that_is_parked_is_given_out_once(shelf, owner):
    shelf.park(SPEC, group="v1", owner=owner.name)

    with shelf.take(SPEC) as sandbox:
        assert sandbox.exec(["echo", "here"]).stdout == b"here\n"
        assert shelf.take(SPEC) is None
        assert shelf.parked() == []


def test_of_many_who_come_at_once_each_parked_one_goes_to_one(shelf, owner):
    for _ in range(2):
        shelf.park(SPEC, group="v1", owner=owner.name)
    taken = []

    threads = [threading.Thread(target=lambda: taken.append(shelf.take(SPEC))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    given = [sandbox for sandbox in taken if sandbox is not None]
    assert len({sandbox.id for sandbox in given}) == len(given) == 2
    for sandbox in given:
        sandbox.close()


def test_it_holds_nothing_of_a_run_until_it_is_given_out(docker, shelf, owner, tmp_path):
    secretive = replace(SPEC, proxy_socket=tmp_path / "proxy.sock", egress_socket=tmp_path / "egress.sock")

    shelf.park(secretive, group="v1", owner=owner.name)

    [(folder, _)] = shelf.parked()
    assert [path.name for path in folder.run.iterdir()] == []
    [container] = containers(docker)
    assert not {name for name in container["Labels"] if name.startswith("callboard.label.")} - {
        "callboard.label.warm", "callboard.label.owner",
    }  # fmt: skip


def test_the_ways_out_of_the_run_are_in_one_that_was_parked_without(shelf, owner, tmp_path):
    shelf.park(SPEC, group="v1", owner=owner.name)

    with shelf.take(replace(SPEC, proxy_socket=tmp_path / "p.sock", egress_socket=tmp_path / "e.sock")) as sandbox:
        shown = sandbox.exec(["ls", "/run/callboard"]).stdout_text.split()
        assert shown == ["channel.sock", "egress.sock", "proxy.sock"]
        assert "HTTP_PROXY=" in sandbox.exec(["env"]).stdout_text


@pytest.mark.parametrize(
    "other", [replace(SPEC, limits=Limits(pids=64)), replace(SPEC, runtime="runc"), replace(SPEC, network="internet")]
)
def test_one_that_is_another_is_not_given_out(shelf, owner, other):
    shelf.park(SPEC, group="v1", owner=owner.name)

    assert shelf.take(other) is None
    assert len(shelf.parked()) == 1


def test_a_folder_that_was_made_anew_is_another(docker, shelf, owner):
    folder = docker.shared_root() / "env"
    folder.mkdir()
    spec = replace(SPEC, mounts=(Mount(folder, "/opt/env/x"),))
    shelf.park(spec, group="v1", owner=owner.name)

    folder.rename(folder.with_name("old"))
    folder.mkdir()

    assert shelf.take(spec) is None


def test_one_whose_container_is_gone_is_passed_over(docker, shelf, owner):
    shelf.park(SPEC, group="v1", owner=owner.name)
    [container] = containers(docker)
    engine().api.remove_container(container["Id"], v=True, force=True)

    assert shelf.take(SPEC) is None
    assert shelf.parked() == []


def test_one_that_is_parked_is_kept_while_its_owner_lives(docker, shelf, owner):
    shelf.park(SPEC, group="v1", owner=owner.name)

    assert docker.reap(lambda _: False) == 0
    assert len(shelf.parked()) == 1


def test_one_that_was_given_out_is_reaped_with_its_run(docker, shelf, owner):
    shelf.park(SPEC, group="v1", owner=owner.name)
    sandbox = shelf.take(SPEC)

    assert docker.reap(lambda labels: labels.get("step") == "s") == 0
    assert sandbox.exec(["true"]).is_success

    assert docker.reap(lambda labels: labels.get("step") == "another") == 1
    assert containers(docker) == []
    sandbox.close()


_PARKS = """
import sys, time
from pathlib import Path
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.base import BackendConfig, SandboxSpec
from sandboxes.warm import Owner
backend = DockerBackend(BackendConfig(Path(sys.argv[1])))
owner = Owner(backend.shared_root())
backend.warm_shelf().park(SandboxSpec(labels={"step": "s"}), group="v1", owner=owner.name)
print("parked", flush=True)
time.sleep(600)
"""


def test_what_a_killed_process_had_parked_is_reaped(docker, shelf):
    with subprocess.Popen(
        [sys.executable, "-c", _PARKS, str(docker.shared_root())], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "parked\n"
        assert docker.reap(lambda _: False) == 0

        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    assert docker.reap(lambda _: False) == 1
    assert (containers(docker), shelf.parked()) == ([], [])
    assert list(docker.shared_root().glob("owner-*")) == []


def test_one_whose_taker_died_at_it_is_reaped_after_a_minute(docker, shelf, owner):
    shelf.park(SPEC, group="v1", owner=owner.name)
    [(folder, _)] = shelf.parked()
    assert warm.claim(folder)
    assert docker.reap(lambda _: False) == 0

    os.utime(folder.path, (time.time() - 120, time.time() - 120))

    assert docker.reap(lambda _: False) == 1
    assert containers(docker) == []


def test_ending_one_that_somebody_took_meanwhile_ends_nothing(docker, shelf, owner):
    shelf.park(SPEC, group="v1", owner=owner.name)
    [(folder, parked)] = shelf.parked()
    with shelf.take(SPEC) as sandbox:
        shelf.end(folder, parked)

        assert sandbox.exec(["true"]).is_success


def test_bubblewrap_needs_none(bubblewrap):
    assert bubblewrap.warm_shelf() is None
