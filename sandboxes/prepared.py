"""What every sandbox of an installation shares, made once from the host and this code: the harness and `/etc`."""

import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from sandboxes import paths

_ROOM = Path(__file__).parent
_ETC = Path("/etc")
#: Copied into the sandbox's own /etc where the host has them; none of them says anything about the host's users.
_ETC_FILES = (
    "ld.so.cache",
    "mime.types",
    "protocols",
    "services",
    "ssl/openssl.cnf",
    "ssl/certs/ca-certificates.crt",
    "pki/tls/certs/ca-bundle.crt",
)
_ETC_TEXTS = {
    "passwd": f"root:x:0:0:root:/root:/usr/sbin/nologin\nuser:x:1000:1000:user:{paths.HOME}:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def harness_folder(root: Path, python: Path | None = None) -> Path:
    """Return the folder that shows up inside as `paths.HARNESS`, compiled for `python` where that is the host's.

    Inside it is read-only, so each start would compile it anew: 20 ms.
    """
    sources = list(_harness_sources())
    stamp = f"{python} {python.stat().st_mtime_ns}" if python else ""
    digest = _digest([stamp, *(f"{name}\0{file.read_text()}" for name, file in sources)])
    return _made(root / f"harness-{digest}", lambda folder: _fill_harness(folder, sources, python))


def etc_folder(root: Path, nameserver: str | None) -> Path:
    """Return a minimal /etc, with a nameserver where there is a network."""
    watched = [_ETC / name for name in _ETC_FILES] + [_ETC / "alternatives"]
    stamps = (f"{path}\0{path.stat().st_mtime_ns}" for path in watched if path.exists())
    digest = _digest([*stamps, *_ETC_TEXTS.values(), nameserver or ""])
    return _made(root / f"etc-{digest}", lambda folder: _fill_etc(folder, nameserver))


def _harness_sources() -> Iterator[tuple[str, Path]]:
    yield "__main__.py", _ROOM / "harness" / "__main__.py"
    yield "sandboxes/__init__.py", _ROOM / "__init__.py"
    yield "sandboxes/paths.py", _ROOM / "paths.py"
    for file in sorted((_ROOM / "harness").glob("*.py")):
        yield f"sandboxes/harness/{file.name}", file


def _fill_harness(folder: Path, sources: list[tuple[str, Path]], python: Path | None) -> None:
    for name, file in sources:
        _write(folder / name, file.read_text())
    if python is not None:
        options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", paths.HARNESS]
        subprocess.run(
            [python, "-I", "-m", "compileall", *options, folder], check=False, capture_output=True, timeout=60
        )


def _fill_etc(folder: Path, nameserver: str | None) -> None:
    for name, text in _ETC_TEXTS.items():
        _write(folder / name, text)
    _write(folder / "resolv.conf", f"nameserver {nameserver}\n" if nameserver else "")
    for name in _ETC_FILES:
        if (_ETC / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_ETC / name, folder / name)
            (folder / name).chmod(0o644)
    if (_ETC / "alternatives").is_dir():  # Debian's `awk` and others are links through here
        shutil.copytree(_ETC / "alternatives", folder / "alternatives", symlinks=True)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _made(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return `folder`, made whole on first use. Several workers may make it at once; one of them wins."""
    if folder.is_dir():
        return folder
    draft = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    draft.mkdir()
    try:
        fill(draft)
        _open_to_all(draft)
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _open_to_all(folder: Path) -> None:
    """Let the account inside read it, whatever umask this process has."""
    for place, _, files in os.walk(folder):
        Path(place).chmod(0o755)
        for name in files:
            if not (file := Path(place, name)).is_symlink():
                file.chmod(0o644)


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
