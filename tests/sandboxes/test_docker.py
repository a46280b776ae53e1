"""What is the container engine's alone."""

import pytest

from sandboxes import images
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.backends.docker.engine import engine
from sandboxes.backends.docker.frames import Frames
from sandboxes.base import MIB, BackendConfig, Limits, Network, Profile, SandboxSpec, Stream, User
from sandboxes.errors import ImageBuildFailed, ImageNotReady, SandboxDied, SandboxUnavailable
from sandboxes.report import Level

pytestmark = pytest.mark.docker


def inspected(sandbox):
    return engine().api.inspect_container(sandbox._container)


def test_a_locked_container_has_no_rights_and_every_limit(docker):
    limits = Limits(memory_bytes=256 * MIB, cpus=1.5, pids=99)
    with docker.open(SandboxSpec(limits=limits, labels={"run": "r1"})) as sandbox:
        found = inspected(sandbox)

    settings = found["HostConfig"]
    assert (settings["CapDrop"], settings["CapAdd"], settings["SecurityOpt"]) == (["ALL"], None, ["no-new-privileges"])
    assert (settings["Memory"], settings["MemorySwap"]) == (256 * MIB, 256 * MIB)
    assert (settings["NanoCpus"], settings["PidsLimit"]) == (1_500_000_000, 99)
    assert (settings["ReadonlyRootfs"], settings["NetworkMode"], settings["Privileged"]) == (True, "none", False)
    assert settings["Init"] is True
    assert settings["LogConfig"]["Config"]["max-size"] == "1m"
    assert found["Config"]["Labels"]["callboard.label.run"] == "r1"
    assert [mount["Source"] for mount in found["Mounts"] if mount["Type"] == "bind" and mount["RW"]] == []


def test_nothing_of_a_closed_sandbox_is_left(docker):
    with docker.open(SandboxSpec(network=Network.INTERNET)) as sandbox:
        volumes = [mount["Name"] for mount in inspected(sandbox)["Mounts"] if mount["Type"] == "volume"]
        folder = sandbox._resources.folder.path
        assert len(volumes) == 2

    ours = {"label": f"callboard.sandbox={sandbox.id}"}
    assert engine().api.containers(all=True, filters=ours) == []
    assert engine().api.networks(filters=ours) == []
    assert not set(volumes) & {volume["Name"] for volume in engine().api.volumes()["Volumes"] or []}
    assert not folder.exists()


def test_with_sudo_packages_can_be_installed_and_nothing_else_gained(docker):
    install = "id -u; install -o user -m 755 /bin/true /usr/local/bin/tool"
    look = "id -u; grep CapEff /proc/self/status; ip link add x type dummy"
    with docker.open(SandboxSpec(profile=Profile.SUDO)) as sandbox:
        as_root = sandbox.exec(["sh", "-c", install], user=User.ROOT)
        by_sudo = sandbox.exec(["sh", "-c", f"tool && sudo -n sh -c '{look}'"])

    assert (as_root.stdout, as_root.exit_code) == (b"0\n", 0)
    assert by_sudo.stdout_text.split() == ["0", "CapEff:", "00000000200000db"]
    assert by_sudo.exit_code != 0


def test_what_root_leaves_running_ends_with_the_command_too(docker):
    with docker.open(SandboxSpec(profile=Profile.SUDO)) as sandbox:
        sandbox.exec(["sudo", "-n", "sh", "-c", "setsid sleep 4321 & setsid sleep 4321 &"])

        assert b"4321" not in sandbox.exec(["sh", "-c", "ps axww | grep -v grep"]).stdout


def test_a_container_that_is_killed_is_a_sandbox_that_died(docker):
    with docker.open(SandboxSpec()) as sandbox:
        engine().api.kill(sandbox._container)

        with pytest.raises(SandboxDied):
            sandbox.exec(["echo", "hello"])


def test_a_container_killed_under_a_command_is_a_sandbox_that_died(docker):
    with docker.open(SandboxSpec()) as sandbox, pytest.raises(SandboxDied):
        sandbox.exec(["sh", "-c", "echo now; sleep 30"], on_output=lambda *_: engine().api.kill(sandbox._container))


def test_no_output_is_lost_at_the_start_of_a_command(docker):
    with docker.open(SandboxSpec()) as sandbox:
        assert {sandbox.exec(["echo", "at once"]).stdout for _ in range(20)} == {b"at once\n"}


def test_an_image_that_is_not_there_is_told_before_anything_runs(docker):
    with pytest.raises(ImageNotReady):
        docker.open(SandboxSpec(image="callboard-no-such-image"))


def test_without_the_base_image_there_is_an_obstacle_and_how_to_build_it(tmp_path):
    backend = DockerBackend(BackendConfig(tmp_path, base_image="callboard-no-such-base"))

    assert backend.obstacle().fix == images.HOW_TO_BUILD
    with pytest.raises(SandboxUnavailable):
        backend.open(SandboxSpec())
    assert not backend.check().is_usable


def test_the_doctor_says_what_holds(docker):
    report = docker.check()

    subjects = {finding.subject for finding in report.findings}
    assert report.is_usable
    assert report.version
    assert subjects >= {"engine", "image", "runc", "kernel", "limits", "network", "runtime"}


def test_a_runtime_that_the_engine_does_not_have_is_an_error(tmp_path):
    report = DockerBackend(BackendConfig(tmp_path, runtime="nosuch")).check()

    assert [finding.level for finding in report.findings if finding.subject == "runtime"] == [Level.ERROR]


def test_the_base_image_has_what_its_users_are_promised(docker):
    tools = ["python3", "python", "git", "rg", "uv", "pytest"]
    look = " && ".join([*(f"{tool} --version" for tool in tools), "unzip -v", "ip -V", "command -v sudo"])
    with docker.open(SandboxSpec()) as sandbox:
        result = sandbox.exec(["sh", "-c", look])

    assert result.exit_code == 0, result.stderr_text
    assert result.stdout_text.startswith("Python 3.13.")


def test_a_build_that_fails_says_where(docker):
    heard = []
    context = images.packed({"Dockerfile": b"FROM pipelines-workspace-base\nRUN echo about to fail && exit 9\n"})

    with pytest.raises(ImageBuildFailed) as failed:
        images.build(context, tag="callboard-test-failing", build_args={}, labels={}, on_line=heard.append)

    assert "about to fail" in heard
    assert "9" in failed.value.message
    assert "about to fail" in failed.value.log_tail


def test_frames_come_apart_however_they_were_cut():
    whole = b"\x01\0\0\0\0\0\0\x03abc" + b"\x02\0\0\0\0\0\0\x02de" + b"\x01\0\0\0\0\0\0\0" + b"\x01\0\0\0\0\0\0\x01f"
    for size in range(1, len(whole) + 1):
        frames, heard = Frames(), {Stream.STDOUT: b"", Stream.STDERR: b""}
        for start in range(0, len(whole), size):
            for stream, piece in frames.feed(whole[start : start + size]):
                heard[stream] += piece

        assert heard == {Stream.STDOUT: b"abcf", Stream.STDERR: b"de"}
