"""Handing files in and out."""

import threading

import pytest

from sandboxes.errors import FileError, FileMissing, FileTooLarge, PathRefused
from sandboxes.paths import TMP


def test_a_file_comes_back_as_it_went_in(any_sandbox):
    data = bytes(range(256)) * 5000

    any_sandbox.write("/home/user/agent/deep/er/data.bin", data)

    assert any_sandbox.read("/home/user/agent/deep/er/data.bin", limit=len(data)) == data


def test_a_file_can_be_written_over(any_sandbox):
    any_sandbox.write(f"{TMP}/twice", b"a long first version")
    any_sandbox.write(f"{TMP}/twice", b"second")

    assert any_sandbox.read(f"{TMP}/twice", limit=100) == b"second"


def test_many_files_go_in_at_once(any_sandbox):
    any_sandbox.write_all("/home/user/agent", {"main.py": b"1", "helpers/prompts.py": b"2"})

    assert any_sandbox.read("/home/user/agent/main.py", limit=10) == b"1"
    assert any_sandbox.read("/home/user/agent/helpers/prompts.py", limit=10) == b"2"


def test_a_file_that_is_not_there_says_so(any_sandbox):
    with pytest.raises(FileMissing) as missing:
        any_sandbox.read("/home/user/nothing/here", limit=10)

    assert missing.value.path == "/home/user/nothing/here"


def test_a_file_over_the_limit_is_not_read(any_sandbox):
    any_sandbox.write(f"{TMP}/large", bytes(1001))

    with pytest.raises(FileTooLarge) as large:
        any_sandbox.read(f"{TMP}/large", limit=1000)

    assert large.value.limit == 1000
    assert any_sandbox.read(f"{TMP}/large", limit=1001) == bytes(1001)


@pytest.mark.escape
@pytest.mark.parametrize(
    "path", ["/etc/passwd", "relative", "/home/user/../../etc/passwd", TMP, "/home/username/x", f"{TMP}/a\0b"]
)
def test_paths_outside_the_users_folders_are_refused(any_sandbox, path):
    with pytest.raises(PathRefused):
        any_sandbox.read(path, limit=10)
    with pytest.raises(PathRefused):
        any_sandbox.write(path, b"x")


def test_a_file_belongs_to_the_user_with_the_mode_that_was_asked_for(sandbox):
    sandbox.write("/home/user/agent/new/tool", b"#!/bin/sh\necho ran\n", mode=0o755)

    shown = sandbox.exec(["stat", "--format", "%U %a", "/home/user/agent/new/tool", "/home/user/agent/new"])

    assert shown.stdout == b"user 755\nuser 755\n"
    assert sandbox.exec(["/home/user/agent/new/tool"]).stdout == b"ran\n"


@pytest.mark.escape
@pytest.mark.parametrize("target", ["/etc/hostname", f"{TMP}/real"])
def test_a_link_is_neither_read_nor_written_through(sandbox, target):
    sandbox.write(f"{TMP}/real", b"real")
    sandbox.exec(["ln", "-sfn", target, "/home/user/link"])

    with pytest.raises(PathRefused):
        sandbox.read("/home/user/link", limit=1000)
    with pytest.raises(PathRefused):
        sandbox.write("/home/user/link", b"written")
    assert sandbox.read(f"{TMP}/real", limit=10) == b"real"


@pytest.mark.escape
def test_a_path_through_a_linked_folder_is_refused(sandbox):
    sandbox.exec(
        ["sh", "-c", "mkdir -p /tmp/folder && echo x > /tmp/folder/file && ln -sfn /tmp/folder /home/user/folder"]
    )

    with pytest.raises(PathRefused):
        sandbox.read("/home/user/folder/file", limit=10)
    with pytest.raises(PathRefused):
        sandbox.write("/home/user/folder/file", b"written")


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(sandbox):
    sandbox.exec(["sh", "-c", "mkfifo /tmp/pipe; mkdir -p /tmp/directory"])

    for path in (f"{TMP}/pipe", f"{TMP}/directory"):
        with pytest.raises(PathRefused):
            sandbox.read(path, limit=10)
        with pytest.raises(PathRefused):
            sandbox.write(path, b"x")


def test_a_file_in_the_place_of_a_folder_is_refused(sandbox):
    sandbox.write(f"{TMP}/plain", b"x")

    with pytest.raises(PathRefused):
        sandbox.write(f"{TMP}/plain/below", b"x")


def test_a_file_that_is_replaced_all_the_time_is_read_whole_or_missing(sandbox):
    sandbox.write(f"{TMP}/restless", b"whole\n")
    replacing = "while :; do rm -f /tmp/restless; echo whole > /tmp/.draft; mv /tmp/.draft /tmp/restless; done"
    stop = threading.Event()
    command = threading.Thread(target=sandbox.exec, args=(["sh", "-c", replacing],), kwargs={"stop": stop})
    command.start()
    try:
        seen = {_read_or_missing(sandbox) for _ in range(40)}
    finally:
        stop.set()
        command.join()

    assert b"whole\n" in seen
    assert seen <= {b"whole\n", None}


def _read_or_missing(sandbox):
    try:
        return sandbox.read(f"{TMP}/restless", limit=100)
    except FileMissing:
        return None


def test_files_that_can_not_be_unpacked_are_told(sandbox):
    sandbox.write(f"{TMP}/occupied", b"x")

    with pytest.raises(FileError):
        sandbox.write_all(f"{TMP}/occupied", {"file": b"x"})
