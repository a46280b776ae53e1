"""Folders of the host that show up inside, and folders inside that are taken out."""

import io
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from sandboxes.base import Mount, Profile, SandboxSpec, User
from sandboxes.errors import FileError, FileMissing, FileTooLarge, NotSupported, PathRefused
from sandboxes.paths import ENVIRONMENT, HARNESS, HOME, TMP
from sandboxes.unpacking import unpack

_MIB = 1024 * 1024


@pytest.fixture
def shared(backend, request) -> Path:
    folder = backend.shared_root() / f"shared-{abs(hash(request.node.name))}"
    folder.mkdir(mode=0o755, exist_ok=True)
    folder.chmod(0o755)
    (folder / "tool").write_text("#!/bin/sh\necho ran\n")
    (folder / "tool").chmod(0o755)
    return folder


def test_a_mounted_folder_shows_up_and_its_programs_run(backend, shared):
    with backend.open(SandboxSpec(mounts=(Mount(shared, ENVIRONMENT),))) as sandbox:
        assert sandbox.exec([f"{ENVIRONMENT}/tool"]).stdout == b"ran\n"


def test_nothing_inside_can_write_to_a_mounted_folder(backend, shared):
    tries = f"""
cd {ENVIRONMENT}
echo poison >tool; touch new; rm -f tool; mv tool other; chmod 777 .; ln -s /etc/passwd link
mount -o remount,rw {ENVIRONMENT} 2>/dev/null
echo poison >>tool
ls; cat tool
"""
    with backend.open(SandboxSpec(mounts=(Mount(shared, ENVIRONMENT),))) as sandbox:
        shown = sandbox.exec(["sh", "-c", tries])

    assert shown.stdout == b"tool\n#!/bin/sh\necho ran\n"
    assert [entry.name for entry in shared.iterdir()] == ["tool"]
    assert (shared / "tool").read_text() == "#!/bin/sh\necho ran\n"


@pytest.mark.docker
def test_not_even_root_inside_can_write_to_a_mounted_folder(docker):
    folder = docker.shared_root() / "shared-with-root"
    folder.mkdir(mode=0o755, exist_ok=True)
    spec = SandboxSpec(mounts=(Mount(folder, ENVIRONMENT),), profile=Profile.SUDO)
    with docker.open(spec) as sandbox:
        tries = f"touch {ENVIRONMENT}/new; mount -o remount,rw {ENVIRONMENT}; touch {ENVIRONMENT}/new"
        assert not sandbox.exec(["sh", "-c", tries], user=User.ROOT).is_success

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "target",
    [HOME, f"{HOME}/agent", TMP, HARNESS, "/usr/lib", "/etc", f"/var{TMP}/x", "/lib64/x", "/", "/opt", "x", "/a/../b"],
)
def test_a_place_that_is_the_sandboxs_own_is_refused(any_backend, target):
    folder = any_backend.shared_root() / "anywhere"
    folder.mkdir(exist_ok=True)

    with pytest.raises(PathRefused):
        any_backend.open(SandboxSpec(mounts=(Mount(folder, target),)))


def test_a_folder_from_elsewhere_is_refused(any_backend, tmp_path):
    (any_backend.shared_root() / "away").unlink(missing_ok=True)
    (any_backend.shared_root() / "away").symlink_to(tmp_path)

    for source in (tmp_path, any_backend.shared_root() / "away", any_backend.shared_root() / "missing"):
        with pytest.raises(PathRefused):
            any_backend.open(SandboxSpec(mounts=(Mount(source, ENVIRONMENT),)))


def test_the_system_of_a_sandbox_has_a_fingerprint_that_stays(any_backend):
    assert any_backend.fingerprint(None) == any_backend.fingerprint(None) != ""


def test_a_folder_inside_comes_out_as_it_is(backend, tmp_path):
    make = """
mkdir -p made/deep/er made/empty; cd made
echo one >deep/er/one; printf '#!/bin/sh\\n' >run; chmod 4755 run; chmod 600 deep/er/one
ln -s /etc/passwd out; ln -s deep in; printf x >"strange
näme"
"""
    with backend.open(SandboxSpec()) as sandbox:
        assert sandbox.exec(["sh", "-c", make]).is_success
        sandbox.read_folder(f"{HOME}/made", tmp_path, limit=_MIB)

    found = {str(place.relative_to(tmp_path)) for place in tmp_path.rglob("*")}
    assert found == {"deep", "deep/er", "deep/er/one", "empty", "run", "out", "in", "strange\nnäme"}
    assert (tmp_path / "deep/er/one").read_bytes() == b"one\n"
    assert (tmp_path / "out").readlink() == Path("/etc/passwd")
    assert oct((tmp_path / "run").stat().st_mode & 0o7777) == "0o755"
    assert oct((tmp_path / "deep/er/one").stat().st_mode & 0o7777) == "0o644"
    assert (tmp_path / "run").stat().st_uid == os.geteuid()


def test_what_is_too_large_or_no_file_stays_inside(backend, tmp_path):
    with backend.open(SandboxSpec()) as sandbox:
        sandbox.exec(
            ["sh", "-c", "mkdir big odd; head -c 3000000 /dev/zero >big/file; mkfifo odd/pipe; ln -s big link"]
        )
        for folder in ("one", "two", "three", "four"):
            (tmp_path / folder).mkdir()

        with pytest.raises(FileTooLarge):
            sandbox.read_folder(f"{HOME}/big", tmp_path / "one", limit=2_000_000)
        with pytest.raises(FileError):
            sandbox.read_folder(f"{HOME}/odd", tmp_path / "two", limit=_MIB)
        with pytest.raises(PathRefused):
            sandbox.read_folder(f"{HOME}/link", tmp_path / "three", limit=_MIB * 10)
        with pytest.raises(FileMissing):
            sandbox.read_folder(f"{HOME}/missing", tmp_path / "four", limit=_MIB)
        assert sandbox.exec(["echo", "alive"]).stdout == b"alive\n"


def test_a_large_folder_comes_out_without_being_held_in_memory(backend, tmp_path):
    with backend.open(SandboxSpec()) as sandbox:
        sandbox.exec(["sh", "-c", "mkdir big; head -c 200000000 /dev/zero >big/file"])
        tracemalloc.start()
        try:
            sandbox.read_folder(f"{HOME}/big", tmp_path, limit=300_000_000)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert (tmp_path / "file").stat().st_size == 200_000_000
    assert peak < 30 * _MIB


def _tar(*members):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, kind, what in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, 0o755
            if kind == tarfile.REGTYPE:
                info.size = len(what)
            else:
                info.linkname = what
            tar.addfile(info, io.BytesIO(what if kind == tarfile.REGTYPE else b""))
    return archive.getvalue()


_ROOT = ("root", tarfile.DIRTYPE, "")


@pytest.mark.parametrize(
    "members",
    [
        [_ROOT, ("root/../../evil", tarfile.REGTYPE, b"x")],
        [_ROOT, ("root/..", tarfile.REGTYPE, b"x")],
        [_ROOT, ("root/link", tarfile.SYMTYPE, "/etc"), ("root/link/evil", tarfile.REGTYPE, b"x")],
        [_ROOT, ("root/link", tarfile.SYMTYPE, "/etc/evil"), ("root/link", tarfile.REGTYPE, b"x")],
        [_ROOT, ("root/hard", tarfile.LNKTYPE, "/etc/passwd")],
        [_ROOT, ("root/device", tarfile.CHRTYPE, "")],
        [_ROOT, ("root/pipe", tarfile.FIFOTYPE, "")],
        [_ROOT, ("root/no/parent", tarfile.REGTYPE, b"x")],
        [("root", tarfile.SYMTYPE, "/etc")],
        [("root", tarfile.REGTYPE, b"x")],
    ],
)
def test_no_archive_from_inside_leads_out_of_the_folder(members, tmp_path):
    (tmp_path / "in").mkdir()

    with pytest.raises(FileError):
        unpack(iter([_tar(*members)]), tmp_path / "in", inside="/home/user/root", limit=_MIB)

    assert [place.name for place in tmp_path.iterdir()] == ["in"]


def test_an_archive_that_is_cut_short_is_refused(tmp_path):
    whole = _tar(_ROOT, ("root/file", tarfile.REGTYPE, b"x" * 5000))

    for length in (100, 700, 3000):
        folder = tmp_path / str(length)
        folder.mkdir()
        with pytest.raises(FileError):
            unpack(iter([whole[:length]]), folder, inside="/home/user/root", limit=_MIB)


@pytest.mark.docker
def test_a_sandbox_of_docker_can_be_kept_as_an_image(docker):
    name = "callboard-test-kept:one"
    labels = {"organization": "o", "run": "r"}
    with docker.open(SandboxSpec(profile=Profile.SUDO, labels=labels)) as sandbox:
        sandbox.exec(["sh", "-c", "echo kept >/etc/kept; echo secret >/home/user/secret"], user=User.ROOT)
        image, added = sandbox.save_image(name)
    try:
        assert name in docker.saved_images()
        assert 0 < added < _MIB
        assert docker.saved_image(name) == image == docker.fingerprint(name)
        with docker.open(SandboxSpec(image=image, labels={"step": "s"})) as sandbox:
            assert sandbox.exec(["cat", "/etc/kept"]).stdout == b"kept\n"
            assert sandbox.exec(["ls", "/home/user/secret"]).exit_code == 2
            assert sandbox.exec(["touch", "/etc/new"]).exit_code == 1
            seen = []
            docker.reap(lambda found: seen.append(found) or True)
            assert {"step": "s"} in seen
    finally:
        docker.forget_image(name)
    assert docker.saved_image(name) is None
    assert name not in docker.saved_images()


def test_an_image_whose_name_another_one_has_got_has_none(docker):
    name = "callboard-test-kept:two"
    kept = []
    for _ in range(2):
        with docker.open(SandboxSpec(profile=Profile.SUDO)) as sandbox:
            sandbox.exec(["sh", "-c", "date +%N >/etc/kept"], user=User.ROOT)
            kept.append(sandbox.save_image(name).digest)
    try:
        assert docker.saved_images().count(name) == 1
        assert all(docker.saved_image(one) is not None for one in docker.saved_images())
        assert docker.saved_image(name) == kept[1]
    finally:
        docker.forget_image(name)
        docker.forget_image(kept[0])


def test_a_sandbox_of_bubblewrap_can_not_be_kept_as_an_image(bubblewrap):
    with bubblewrap.open(SandboxSpec()) as sandbox, pytest.raises(NotSupported):
        sandbox.save_image("kept")
    assert bubblewrap.saved_image("kept") is None
