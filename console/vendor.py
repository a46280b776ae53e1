"""Copies the pinned front-end libraries out of the npm registry: `python -m console.vendor`, or `make vendor`.

`static/vendor/vendor.json` names each package with its exact version, and each file with the SHA-256 it must have.
The copies are committed, so running Callboard needs neither npm nor a network; this command is for whoever raises a
version. `--pin` writes the hashes of what was fetched instead of checking them.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "static/vendor/vendor.json"
SPRITE = ROOT / "static/icons.svg"
LICENCES = ROOT / "static/vendor/LICENCES.txt"
_PACK_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of one package and where it goes, from the root of the repository."""

    source: str
    target: str
    sha256: str


class HashMismatchError(ValueError):
    """A fetched file is not the one that was pinned."""


def fetch(package: str, version: str, into: Path) -> Path:
    """Download and unpack one package; return the folder that holds its files."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(into), f"{package}@{version}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=_PACK_SECONDS,
    )
    folder = into / package.replace("/", "+")
    with tarfile.open(into / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def place(copy: Copy, folder: Path, *, is_pinning: bool) -> Copy:
    """Copy one file to its place; raise HashMismatchError where it is not the pinned one."""
    content = (folder / copy.source).read_bytes()
    found = checked(content, copy.target, copy.sha256, is_pinning=is_pinning)
    target = ROOT / copy.target
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return Copy(copy.source, copy.target, found)


def checked(content: bytes, name: str, pinned: str, *, is_pinning: bool) -> str:
    """Return the hash of what was fetched; raise HashMismatchError where it is not the pinned one."""
    found = hashlib.sha256(content).hexdigest()
    if not is_pinning and found != pinned:
        raise HashMismatchError(f"{name}: pinned {pinned or 'nothing'}, fetched {found}")
    return found


def sprite(folder: Path, outline: list[str], filled: list[str]) -> str:
    """Build one SVG file of symbols: `name` for an outline, `name-filled` for a filled one."""
    symbols = [
        *(_symbol(folder / f"icons/outline/{name}.svg", name) for name in sorted(outline)),
        *(
            _symbol(folder / f"icons/filled/{name}.svg", f"{name}-filled", ' fill="currentColor" stroke="none"')
            for name in sorted(filled)
        ),
    ]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def licences(folders: dict[str, Path], packages: dict[str, Any]) -> Iterator[str]:
    """Yield each package's name, version, licence and, where the package carries one, its text."""
    for name, pin in packages.items():
        yield f"{name} {pin['version']}, {pin['licence']}\n{'=' * 72}\n"
        text = folders[name] / pin.get("licence_file", "LICENSE")
        yield (text.read_text() if text.exists() else pin["notice"]).strip() + "\n\n\n"


def run(*, is_pinning: bool) -> None:
    pins: dict[str, Any] = json.loads(PINS.read_text())
    folders: dict[str, Path] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for name, pin in pins["packages"].items():
            folders[name] = fetch(name, pin["version"], Path(temporary))
            placed = [place(Copy(*row), folders[name], is_pinning=is_pinning) for row in pin["files"]]
            pin["files"] = [[copy.source, copy.target, copy.sha256] for copy in placed]
        icons = pins["icons"]
        drawn = sprite(folders[icons["package"]], icons["outline"], icons["filled"])
        icons["sha256"] = checked(drawn.encode(), "static/icons.svg", icons["sha256"], is_pinning=is_pinning)
        SPRITE.write_text(drawn)
        LICENCES.write_text("".join(licences(folders, pins["packages"])))
    if is_pinning:
        PINS.write_text(_formatted(pins))


def _symbol(file: Path, name: str, attributes: str = "") -> str:
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(), re.DOTALL)
    if drawing is None:
        raise ValueError(f"{file.name} is no SVG drawing")
    # Tabler puts an invisible square under each icon, which only swells the sprite.
    paths = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", drawing[1])
    paths = " ".join(paths.split())
    return f'<symbol id="{name}" viewBox="0 0 24 24"{attributes}>{paths}</symbol>'


def _formatted(pins: dict[str, Any]) -> str:
    """Return the pins as JSON with each file and each list of icons on lines a person can review."""
    text = json.dumps(pins, indent=2, ensure_ascii=False)
    text = re.sub(r'\[\s+("[^"]*"),\s+("[^"]*"),\s+("[^"]*")\s+\]', r"[\1, \2, \3]", text)
    return text + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Copy the pinned front-end libraries into static/vendor.")
    parser.add_argument("--pin", action="store_true", help="write the hashes of what is fetched instead of checking")
    try:
        run(is_pinning=parser.parse_args().pin)
    except HashMismatchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
