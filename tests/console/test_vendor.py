import hashlib
import json
import re

import pytest

from console import vendor
from console.display import icons

PINS = json.loads(vendor.PINS.read_text())


def test_every_vendored_file_is_the_pinned_one():
    files = [row for pin in PINS["packages"].values() for row in pin["files"]]
    found = [
        [source, target, hashlib.sha256((vendor.ROOT / target).read_bytes()).hexdigest()] for source, target, _ in files
    ]
    assert found == files


def test_every_package_is_pinned_exactly_and_has_its_licence_written_down():
    texts = vendor.LICENCES.read_text()
    for name, pin in PINS["packages"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", pin["version"])
        assert f"{name} {pin['version']}, {pin['licence']}" in texts


def test_the_sprite_holds_the_listed_icons_and_no_others():
    wanted = {*PINS["icons"]["outline"], *(f"{name}-filled" for name in PINS["icons"]["filled"])}
    assert icons.names() == wanted
    assert hashlib.sha256(vendor.SPRITE.read_bytes()).hexdigest() == PINS["icons"]["sha256"]


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path):
    (tmp_path / "a.js").write_text("changed on its way")
    copy = vendor.Copy("a.js", "static/vendor/a.js", "0" * 64)
    with pytest.raises(vendor.HashMismatchError, match=r"static/vendor/a\.js"):
        vendor.place(copy, tmp_path, is_pinning=False)
    assert not (vendor.ROOT / "static/vendor/a.js").exists()
