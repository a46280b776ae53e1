"""What comes out of archives that can be had."""

import io
import zipfile

import pytest

from agents.sources.unpacking.limits import MIB
from agents.sources.unpacking.plan import plan_of
from tests.agents.sources.unpacking.reading import LIMITS, true_of, unpacked, zipped
from tests.support import zip_files as z
from tests.support.zip_files import MAIN, Packed, archive


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_and_folders_come_out_as_they_went_in(folder, method):
    data = bytes(range(256)) * 5000

    assert unpacked(zipped(method, main=b"x", helpers__data=data), folder) == {"main": b"x", "helpers/data": data}


def test_a_single_top_level_folder_is_flattened(folder):
    files = unpacked(
        archive(Packed("my-agent/", mode=z.FOLDER), Packed("my-agent/main.py"), Packed("my-agent/h/p.py")), folder
    )

    assert set(files) == {"main.py", "h/p.py"}


def test_only_the_first_of_several_single_folders_is_flattened(folder):
    assert set(unpacked(archive(Packed("a/b/main.py")), folder)) == {"b/main.py"}


def test_a_folder_beside_a_file_is_not_flattened(folder):
    assert set(unpacked(archive(Packed("a/main.py"), Packed("main.py")), folder)) == {"a/main.py", "main.py"}


def test_what_the_finder_adds_is_left_out(folder):
    data = archive(Packed("my/main.py"), Packed("my/.DS_Store"), Packed("__MACOSX/my/._main.py"), Packed(".DS_Store"))

    assert set(unpacked(data, folder)) == {"main.py", ".DS_Store"}


def test_an_empty_folder_is_made(folder):
    unpacked(archive(MAIN, Packed("data/empty/", mode=z.FOLDER)), folder)

    assert (folder / "data" / "empty").is_dir()


def test_the_right_to_execute_is_kept_and_nothing_else_of_the_mode(folder):
    unpacked(archive(Packed("tool", b"x", mode=0o106755), Packed("plain", b"x", mode=0o100666)), folder)

    assert (folder / "tool").stat().st_mode & 0o7777 == 0o755
    assert (folder / "plain").stat().st_mode & 0o7777 == 0o644


def test_sizes_may_follow_the_data(folder):
    class Unseekable(io.RawIOBase):
        def __init__(self):
            self.data = bytearray()

        def writable(self):
            return True

        def write(self, piece):
            self.data += piece
            return len(piece)

    target = Unseekable()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("main.py", "x = 1")
        made.writestr("other.py", "y = 2")

    assert unpacked(bytes(target.data), folder) == {"main.py": b"x = 1", "other.py": b"y = 2"}


def test_the_form_for_large_archives_is_read(folder):
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("main.py", "w", force_zip64=True) as file,
    ):
        file.write(b"x = 1")

    assert unpacked(target.getvalue(), folder) == {"main.py": b"x = 1"}
    assert plan_of(io.BytesIO(archive(MAIN, large={})), LIMITS).file_count == 1
    full = archive(MAIN, here=0xFFFF, count=0xFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF, large=true_of(MAIN))
    assert plan_of(io.BytesIO(full), LIMITS).file_count == 1


def test_a_comment_is_no_harm(folder):
    assert set(unpacked(archive(MAIN, comment=b"made by hand"), folder)) == {"main.py"}


def test_a_name_of_the_first_pcs_is_read(folder):
    assert set(unpacked(archive(Packed(b"caf\x82.py")), folder)) == {"café.py"}


def test_a_name_is_composed(folder):
    assert set(unpacked(archive(Packed("cafe\u0301.py")), folder)) == {"café.py"}


def test_an_archive_in_an_archive_is_not_opened(folder):
    nested = z.nested_bomb()

    assert len(nested) < MIB
    assert all(name.endswith(".zip") for name in unpacked(nested, folder))


def test_a_file_that_packs_a_thousand_to_one_is_within_the_limits_if_it_is(folder):
    assert len(unpacked(z.bomb(20), folder)["zeros.bin"]) == 20 * MIB
