"""A Python that uv downloads: from a mirror of the test's own, which holds the host's Python in uv's form."""

import hashlib
import json
import platform
import subprocess
import tarfile
from pathlib import Path

import pytest

from agents.environments import uv
from agents.environments.caches import Caches
from agents.environments.preparing import Wanted, make_environment
from agents.environments.pythons import downloaded_python, is_downloaded
from agents.environments.uv import uv_mount
from sandboxes.base import Mount, SandboxSpec
from sandboxes.paths import ENVIRONMENT
from tests.agents.environments.conftest import noted

PYTHON = Path("/usr/bin/python3")


@pytest.fixture(scope="module")
def version() -> str:
    """The version in full of the host's Python, which serves as what is downloaded."""
    if not PYTHON.exists():
        pytest.skip("the host has no /usr/bin/python3")
    code = "import platform; print(platform.python_version())"
    return subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def mirror(version, tmp_path_factory) -> Path:
    """A list of downloads, as uv reads it, with one archive."""
    folder = tmp_path_factory.mktemp("mirror")
    minor = ".".join(version.split(".")[:2])
    archive = folder / "python.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(PYTHON.resolve(), f"python/bin/python{minor}")
        tar.add(f"/usr/lib/python{minor}", f"python/lib/python{minor}", filter=_lean)
    arch = platform.machine()
    major, minor_number, patch = (int(part) for part in version.split("."))
    entry = {
        "name": "cpython", "arch": {"family": arch, "variant": None}, "os": "linux", "libc": "gnu", "major": major,
        "minor": minor_number, "patch": patch, "prerelease": "", "url": archive.as_uri(), "variant": None,
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(), "build": "20260101",
    }  # fmt: skip
    (folder / "downloads.json").write_text(json.dumps({f"cpython-{version}-linux-{arch}-gnu": entry}))
    return folder / "downloads.json"


def _lean(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out what makes it large, and links that lead out of it, as a host's Python has some."""
    is_outside = member.issym() and member.linkname.startswith("/")
    return None if is_outside or "/test/" in member.name or "__pycache__" in member.name else member


def test_a_python_is_downloaded_once_and_shown(bubblewrap, version, mirror, monkeypatch):
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(mirror))
    minor = ".".join(version.split(".")[:2])
    first, second = noted(), noted()
    with Caches(bubblewrap, first.stop) as caches:
        python = downloaded_python(minor, caches, first)
        wanted = Wanted(python, (), None)
        folder = caches.hold(
            "environments",
            wanted.key(bubblewrap),
            lambda part: make_environment(wanted, bubblewrap, uv_mount(caches), first, part),
        )
        mounts = (Mount(folder / "environment", ENVIRONMENT), *python.mounts)
        with bubblewrap.open(SandboxSpec(mounts=mounts)) as sandbox:
            shown = sandbox.exec([f"{ENVIRONMENT}/bin/python", "-c", "import sys; print(sys.base_prefix)"])
        assert downloaded_python(minor, caches, second) == python

    assert shown.stdout_text.startswith("/opt/pythons/cpython-"), first.text + shown.stderr_text
    assert version in first.text
    assert second.text == ""
    assert is_downloaded(bubblewrap, minor)


def test_a_download_that_is_not_what_it_should_be_is_refused(bubblewrap, mirror, version, monkeypatch, tmp_path, work):
    (name, entry), *_ = json.loads(mirror.read_text()).items()
    (tmp_path / "downloads.json").write_text(json.dumps({name: {**entry, "sha256": "0" * 64}}))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(tmp_path / "downloads.json"))
    output = uv.Output(work.put)

    with pytest.raises(uv.DownloadFailed):
        uv.download_python(version, tmp_path / "target", output, work.stop)
    assert "0" * 64 in output.tail
