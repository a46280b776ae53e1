"""Building images of Dockerfiles, by docker; and what every build comes to, by a sandbox in which nothing runs."""

import threading
import time

import pytest

from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.backends.docker.engine import engine
from sandboxes.backends.docker.shelf import INSTANCE_LABEL, NAME_LABEL
from sandboxes.backends.fake import FakeBackend, FakeReply
from sandboxes.base import GIB, MIB, BackendConfig, SandboxSpec
from sandboxes.dockerfile import parse
from sandboxes.errors import ImageBuildFailed, NotSupported
from sandboxes.image_build import BuildJob, BuildStopped, build_image


class Build:
    """A job, and what its build has said so far."""

    def __init__(self, body: str, **changes) -> None:
        self.said = bytearray()
        self.steps: list[int] = []
        given = {"most_seconds": 60, "most_bytes": GIB, "least_free_bytes": 0, "labels": {"image": "img_1"}, **changes}
        self.job = BuildJob(
            dockerfile=parse(body), name="img_TEST", on_text=lambda _, data: self.said.extend(data),
            on_step=self.steps.append, **given,
        )  # fmt: skip

    def on(self, backend):
        return build_image(backend, self.job)

    @property
    def text(self) -> str:
        return self.said.decode()


@pytest.fixture
def built(docker):
    """Build bodies, and remove what came of them."""
    digests = []

    def build(body: str, **changes):
        made = Build(body, **changes)
        kept = made.on(docker)
        digests.append(kept.digest)
        return made, kept

    yield build
    for digest in digests:
        docker.shelf().remove(digest)


def inside(backend, image: str, script: str) -> str:
    with backend.open(SandboxSpec(image=image, labels={"run": "r1"})) as sandbox:
        return sandbox.exec(["sh", "-c", script]).stdout_text


# With an engine -----------------------------------------------------------------------------------------------------


@pytest.mark.docker
def test_the_steps_of_a_dockerfile_are_in_its_image(docker, built):
    body = (
        "RUN sudo install -m 755 /bin/true /usr/local/bin/tool && echo kept > /home/user/note\n"
        "ENV GREETING='two words' PATH=/opt/tools:$PATH\n"
        "WORKDIR /srv/work\n"
        'RUN ["touch", "made-here"]\n'
        "RUN <<EOF\n#!/usr/bin/env python3\nprint('by python', file=open('script', 'w'))\nEOF\n"
    )
    build, kept = built(body)
    script = (
        "command -v tool; cat ~/note; echo $GREETING; echo $PATH; ls /srv/work; cat /srv/work/script; ls /tmp | wc -l"
    )
    tool, note, greeting, path, made, script, answer, left = inside(docker, kept.digest, script).splitlines()
    assert (tool, note, greeting) == ("/usr/local/bin/tool", "kept", "two words")
    assert path.startswith("/opt/tools:/home/user/.local/bin:")
    assert (made, script, answer, left) == ("made-here", "script", "by python", "0")
    assert build.steps == [1, 2, 3, 4, 5]
    assert "Step 1/5: RUN sudo install" in build.text
    assert kept.added_bytes > 0


@pytest.mark.docker
def test_steps_run_as_the_normal_user_who_may_become_root(built):
    build, _ = built("RUN id -un; sudo -n id -un; touch /usr/no 2>/dev/null || echo refused")
    assert [line for line in build.text.splitlines() if line in {"user", "root", "refused"}] == [
        "user",
        "root",
        "refused",
    ]


@pytest.mark.docker
def test_an_image_says_nothing_of_the_build_or_of_lent_certificates(docker, roots, tmp_path):
    bundle = tmp_path / "ca.crt"
    bundle.write_text("lent\n")
    lender = DockerBackend(BackendConfig(roots / "docker", ca_bundle=bundle))
    build = Build("RUN cat $SSL_CERT_FILE; sudo -n sh -c 'cat $PIP_CERT'\nENV A=1")
    kept = build.on(lender)
    config = engine().api.inspect_image(kept.digest)["Config"]
    files = inside(docker, kept.digest, "ls /run/callboard; grep -rl lent /home /srv /etc/ssl /usr/local")
    docker.shelf().remove(kept.digest)

    assert build.text.splitlines().count("lent") == 2
    assert sorted(entry.partition("=")[0] for entry in config["Env"]) == ["A", "HOME", "LANG", "PATH"]
    assert (config["User"], config["Cmd"], config["Volumes"]) == ("user", ["bash"], None)
    filled = {name for name, value in config["Labels"].items() if value}
    assert filled == {NAME_LABEL, INSTANCE_LABEL}
    assert "ca-bundle" not in files
    assert "lent" not in files


@pytest.mark.docker
def test_a_sandbox_of_an_image_is_reaped_like_any_other(docker, built):
    _, kept = built("ENV A=1")
    seen = []
    with docker.open(SandboxSpec(image=kept.digest, labels={"step": "s1"})):
        docker.reap(lambda labels: not seen.append(dict(labels)))
    assert {"step": "s1"} in seen


@pytest.mark.docker
def test_a_step_that_fails_ends_the_build_and_nothing_is_left(docker):
    build = Build("RUN echo before\nRUN echo why >&2; exit 3\nRUN echo never")
    with pytest.raises(ImageBuildFailed, match=r"Line 2: The command ended with exit code 3\."):
        build.on(docker)
    assert "why" in build.text
    assert "never" not in build.text.replace("RUN echo never", "")
    assert "img_TEST" not in docker.shelf().names().values()
    assert engine().api.containers(all=True, filters={"label": "callboard.label.image=img_1"}) == []


@pytest.mark.docker
def test_a_build_without_sudo_may_not_change_the_system(docker):
    build = Build("RUN apt-get install -y jq")
    with pytest.raises(ImageBuildFailed, match="Line 1"):
        build.on(docker)
    assert "are you root?" in build.text


@pytest.mark.docker
def test_a_build_that_takes_too_long_ends(docker):
    began = time.monotonic()
    with pytest.raises(ImageBuildFailed, match="longer than 1 s"):
        Build("RUN sleep 600", most_seconds=1).on(docker)
    assert time.monotonic() - began < 20


@pytest.mark.docker
def test_a_build_that_grows_too_large_ends(docker):
    with pytest.raises(ImageBuildFailed, match="grew beyond"):
        Build("RUN dd if=/dev/zero of=/home/user/big bs=1M count=300 && sleep 60", most_bytes=64 * MIB).on(docker)


@pytest.mark.docker
def test_a_build_can_be_stopped(docker):
    stop = threading.Event()
    threading.Timer(1, stop.set).start()
    began = time.monotonic()
    with pytest.raises(BuildStopped):
        Build("RUN sleep 600", stop=stop).on(docker)
    assert time.monotonic() - began < 15


@pytest.mark.docker
def test_a_build_reaches_nothing_on_the_inside(built):
    look = "import socket,sys\nfor a in ('169.254.169.254', '10.0.0.1', '172.17.0.1'):\n"
    look += "  try: socket.create_connection((a, 80), 2); print('REACHED', a)\n  except OSError: print('closed', a)\n"
    build, _ = built(f"RUN <<EOF\n#!/usr/bin/env python3\n{look}EOF")
    said = build.text.splitlines()
    assert [line for line in said if line.startswith("closed ")] == [
        "closed 169.254.169.254", "closed 10.0.0.1", "closed 172.17.0.1",
    ]  # fmt: skip


@pytest.mark.docker
def test_the_shelf_knows_its_images_and_removes_what_is_not_in_use(docker, built):
    _, kept = built("RUN touch /home/user/x")
    shelf = docker.shelf()
    assert shelf.names()[kept.digest] == "img_TEST"
    with docker.open(SandboxSpec(image=kept.digest, labels={"run": "r1"})):
        assert not shelf.remove(kept.digest)
        assert shelf.has(kept.digest)
    assert shelf.remove(kept.digest)
    assert (shelf.has(kept.digest), shelf.remove(kept.digest)) == (False, True)
    assert shelf.has(shelf.base())
    assert shelf.free_bytes() > 0


def test_bubblewrap_has_no_images_and_names_docker(bubblewrap):
    with pytest.raises(NotSupported, match="docker"):
        bubblewrap.shelf()
    with pytest.raises(NotSupported, match="docker"):
        Build("RUN true").on(bubblewrap)


# Without one --------------------------------------------------------------------------------------------------------


def test_no_build_begins_where_the_disk_is_almost_full():
    backend = FakeBackend(answer=lambda *_: FakeReply())
    backend.shelf().free = 3 * GIB
    with pytest.raises(ImageBuildFailed, match=r"3\.0 GiB free; a build needs 5\.0 GiB"):
        Build("RUN true", least_free_bytes=5 * GIB).on(backend)
    assert backend.opened == []


def test_a_value_that_only_the_steps_before_make_unusable_fails_the_build_with_its_line():
    backend = FakeBackend(answer=lambda *_: FakeReply())
    with pytest.raises(ImageBuildFailed, match=r"Line 2: /proc/x can't be a working folder\."):
        Build("ENV P=/proc\nWORKDIR $P/x").on(backend)


def test_each_step_sees_the_variables_and_the_folder_of_those_before():
    backend = FakeBackend(answer=lambda *_: FakeReply())
    Build("ENV A=1\nRUN one\nWORKDIR /srv\nENV B=$A$PATH\nRUN two").on(backend)
    one, _, two = backend.opened[0].commands
    assert (one.env["A"], one.cwd, "B" in one.env) == ("1", "/home/user", False)
    assert (two.env["B"], two.cwd) == ("1/usr/bin", "/srv")
    assert backend.shelf().kept[f"sha256:{1:064x}"].env == {"A": "1", "B": "1/usr/bin"}
