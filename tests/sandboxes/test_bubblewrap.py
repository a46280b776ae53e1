"""What is bubblewrap's alone."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from sandboxes import cgroups
from sandboxes.backends.bubblewrap import host, internet
from sandboxes.backends.bubblewrap.spawner import Spawner, spawner
from sandboxes.base import MIB, Limits, Network, Profile, SandboxSpec
from sandboxes.errors import NotSupported, SandboxUnavailable
from sandboxes.folders import private_root
from sandboxes.report import Level


def group_folders(sandbox_id):
    hierarchy = cgroups.hierarchy()
    return [folder for base in hierarchy.bases.values() if (folder := base / sandbox_id).exists()] if hierarchy else []


def test_nothing_of_a_closed_sandbox_is_left(bubblewrap):
    with bubblewrap.open(SandboxSpec(limits=Limits(memory_bytes=64 * MIB))) as sandbox:
        folder = sandbox._layout.folder.path
        sandbox.exec(["sh", "-c", "mkdir -p a/b; echo x > a/b/c; chmod 000 a/b a; mkdir /tmp/d"])
        assert folder.exists()
        assert bool(group_folders(sandbox.id)) == (cgroups.hierarchy() is not None)

    assert not folder.exists()
    assert not group_folders(sandbox.id)


def test_folders_too_deep_for_a_path_are_removed_too(bubblewrap):
    dig = "import os\nfor _ in range(3000):\n  os.mkdir('d' * 100)\n  os.chdir('d' * 100)"
    with bubblewrap.open(SandboxSpec()) as sandbox:
        assert sandbox.exec(["python3", "-c", dig]).is_success
        folder = sandbox._layout.folder.path

    assert not folder.exists()


def test_the_environment_is_not_in_the_list_of_processes(bubblewrap):
    stop = threading.Event()
    with bubblewrap.open(SandboxSpec()) as sandbox:
        env = {"TOKEN": "sesame-open"}
        running = threading.Thread(target=lambda: sandbox.exec(["sleep", "30"], env=env, stop=stop))
        running.start()
        time.sleep(0.2)
        listed = subprocess.run(["ps", "axww", "-o", "args"], check=True, capture_output=True, text=True).stdout
        stop.set()
        running.join()

    assert "sleep 30" in listed
    assert "sesame-open" not in listed


def test_a_process_outlives_the_thread_that_asked_for_it():
    started = []
    argv = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "sleep", "60"]
    asking = threading.Thread(target=lambda: started.append(spawner().start(lambda: subprocess.Popen(argv))))
    asking.start()
    asking.join()
    time.sleep(0.3)

    with started[0] as process:
        assert process.poll() is None
        process.kill()


def test_a_forked_child_gets_a_spawner_of_its_own():
    mine = spawner()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"y" if spawner() is not mine and spawner().start(lambda: None) is None else b"n")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 1) == b"y"
    assert spawner() is mine
    os.close(read)
    os.close(write)


def test_what_goes_wrong_at_starting_is_raised_where_it_was_asked_for():
    with pytest.raises(FileNotFoundError):
        Spawner().start(lambda: subprocess.Popen(["/nowhere/to/be/found"]))


@pytest.mark.parametrize("spec", [SandboxSpec(image="mine"), SandboxSpec(profile=Profile.SUDO)])
def test_what_it_can_not_do_is_refused_with_the_backend_that_can(bubblewrap, spec):
    with pytest.raises(NotSupported) as refused:
        bubblewrap.open(spec)

    assert "docker" in refused.value.fix


def test_without_slirp4netns_the_internet_is_refused_and_never_shared(bubblewrap, monkeypatch):
    monkeypatch.setattr(internet.shutil, "which", lambda _: None)

    with pytest.raises(SandboxUnavailable, match="slirp4netns"):
        bubblewrap.open(SandboxSpec(network=Network.INTERNET))


def test_a_root_that_others_may_write_to_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)

    with pytest.raises(SandboxUnavailable, match="alone"):
        private_root(shared)


def test_a_root_that_nobody_could_reach_moves_to_where_they_can(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    found = host.reachable_roots(closed / "root")

    shared = Path("/var/tmp/callboard-0") if os.geteuid() == 0 else closed / "root"  # noqa: S108
    assert found.shared == shared
    assert found.own.is_relative_to(shared)
    found.own.rmdir()


def test_a_root_that_is_closed_itself_moves_too(roots):
    closed = roots / "closed"
    closed.mkdir(mode=0o700)

    assert (host.reachable_roots(closed).own == closed) == (os.geteuid() != 0)


def test_the_doctor_says_what_holds_and_how_to_mend_what_does_not(bubblewrap):
    report = bubblewrap.check()

    subjects = {finding.subject for finding in report.findings}
    assert report.is_usable
    assert subjects >= {"bubblewrap", "namespaces", "limits", "network", "python"}
    assert all(finding.fix for finding in report.findings if finding.level is Level.ERROR)
