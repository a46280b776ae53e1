"""Handing whole folders in."""

import contextlib
import os
import tracemalloc

import pytest

from sandboxes.errors import FileError, PathRefused
from sandboxes.host_tree import EntryKind, HostEntry, entries
from sandboxes.paths import AGENT, TMP

_MIB = 1024 * 1024


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "code" / "helpers").mkdir(parents=True)
    (tmp_path / "code" / "main.py").write_bytes(b"print()\n")
    (tmp_path / "code" / "helpers" / "data.bin").write_bytes(bytes(range(256)) * 3000)
    return tmp_path / "code"


def test_a_folder_comes_back_as_it_went_in(any_sandbox, folder):
    any_sandbox.write_folder(f"{AGENT}/whole", folder)

    assert any_sandbox.read(f"{AGENT}/whole/main.py", limit=100) == b"print()\n"
    assert any_sandbox.read(f"{AGENT}/whole/helpers/data.bin", limit=_MIB) == bytes(range(256)) * 3000


def test_it_belongs_to_the_user_and_keeps_the_right_to_execute(sandbox, folder):
    (folder / "tool").write_text("#!/bin/sh\necho ran\n")
    (folder / "tool").chmod(0o4711)
    (folder / "main.py").chmod(0o600)

    sandbox.write_folder(f"{AGENT}/mine", folder)

    shown = sandbox.exec(["sh", "-c", "cd /home/user/agent/mine && stat -c '%U %a' . helpers main.py tool && ./tool"])
    assert shown.stdout.decode().splitlines() == ["user 755", "user 755", "user 644", "user 755", "ran"]


def test_an_empty_folder_and_a_strange_name_go_in_too(sandbox, folder):
    (folder / "empty").mkdir()
    (folder / ("long" * 50)).mkdir()
    (folder / ("long" * 50) / ("näme " * 40)).write_text("x")

    sandbox.write_folder(f"{AGENT}/strange", folder)

    shown = sandbox.exec(["sh", "-c", "cd /home/user/agent/strange && ls -d empty && cat long*/n*"])
    assert shown.stdout == b"empty\nx"


def test_what_was_there_stays_unless_it_is_in_the_way(sandbox, folder):
    sandbox.write(f"{AGENT}/over/main.py", b"old")
    sandbox.write(f"{AGENT}/over/kept.py", b"kept")

    sandbox.write_folder(f"{AGENT}/over", folder)

    assert sandbox.read(f"{AGENT}/over/main.py", limit=100) == b"print()\n"
    assert sandbox.read(f"{AGENT}/over/kept.py", limit=100) == b"kept"


@pytest.mark.escape
def test_a_link_on_the_host_stays_a_link_and_is_not_followed(sandbox, folder, tmp_path):
    (tmp_path / "secret").write_text("the host's")
    (folder / "leak").symlink_to(tmp_path / "secret")
    (folder / "leaks").symlink_to(tmp_path)

    sandbox.write_folder(f"{AGENT}/links", folder)

    shown = sandbox.exec(["sh", "-c", "cd /home/user/agent/links && readlink leak && cat leak leaks/secret"])
    assert shown.stdout.decode() == f"{tmp_path}/secret\n"


@pytest.mark.escape
def test_a_folder_is_not_put_through_a_link_inside(sandbox, folder):
    sandbox.exec(["sh", "-c", "mkdir /tmp/elsewhere && ln -s /tmp/elsewhere /home/user/agent/led"])

    for place in (f"{AGENT}/led", f"{AGENT}/led/below"):
        with pytest.raises(PathRefused):
            sandbox.write_folder(place, folder)
    assert sandbox.exec(["ls", f"{TMP}/elsewhere"]).stdout == b""


@pytest.mark.escape
def test_a_link_inside_that_is_in_the_way_of_a_file_is_replaced(sandbox, folder):
    sandbox.exec(["sh", "-c", "echo safe >/tmp/target; mkdir -p agent/way; ln -s /tmp/target agent/way/main.py"])

    sandbox.write_folder(f"{AGENT}/way", folder)

    assert sandbox.read(f"{AGENT}/way/main.py", limit=100) == b"print()\n"
    assert sandbox.read(f"{TMP}/target", limit=100) == b"safe\n"


@pytest.mark.escape
def test_a_linked_folder_inside_leads_no_file_elsewhere(sandbox, folder):
    sandbox.exec(["sh", "-c", "mkdir -p /tmp/other agent/deep; ln -s /tmp/other agent/deep/helpers"])

    with contextlib.suppress(PathRefused):  # or it is replaced
        sandbox.write_folder(f"{AGENT}/deep", folder)

    assert sandbox.exec(["ls", f"{TMP}/other"]).stdout == b""


@pytest.mark.escape
@pytest.mark.parametrize("place", ["/etc", "relative", "/home/user/../../etc", TMP])
def test_folders_go_nowhere_but_below_the_users(any_sandbox, folder, place):
    with pytest.raises(PathRefused):
        any_sandbox.write_folder(place, folder)


def test_what_is_no_file_on_the_host_is_refused(any_sandbox, folder):
    os.mkfifo(folder / "pipe")

    with pytest.raises(FileError):
        any_sandbox.write_folder(f"{AGENT}/pipes", folder)


def test_500_mb_go_in_without_being_held_in_memory(sandbox, tmp_path):
    (tmp_path / "large").mkdir()
    for name in ("a", "b"):
        with (tmp_path / "large" / name).open("wb") as file:
            file.truncate(250 * _MIB)
            file.write(b"begin")
    tracemalloc.start()
    try:
        sandbox.write_folder(f"{TMP}/large", tmp_path / "large")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert sandbox.exec(["stat", "-c", "%s", f"{TMP}/large/a", f"{TMP}/large/b"]).stdout == b"262144000\n" * 2
    assert peak < 16 * _MIB
    sandbox.exec(["rm", "-r", f"{TMP}/large"])


def test_a_file_that_changes_while_it_goes_in_is_told(sandbox, folder, monkeypatch):
    (folder / "short").write_bytes(b"x" * 10)

    class Shrinking(HostEntry):
        def open(self):
            os.truncate(folder / self.path, 0)
            return super().open()

    monkeypatch.setattr("sandboxes.host_tree.HostEntry", Shrinking)

    with pytest.raises(FileError):
        sandbox.write_folder(f"{AGENT}/shrinking", folder)


def test_a_walk_names_folders_before_what_is_in_them(folder):
    walked = [(entry.path, entry.kind) for entry in entries(folder)]

    assert walked == [
        ("helpers", EntryKind.FOLDER),
        ("helpers/data.bin", EntryKind.FILE),
        ("main.py", EntryKind.FILE),
    ]
