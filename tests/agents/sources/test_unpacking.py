"""What is unpacked, and everything that is not."""

import io
import json
import struct
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.sources.unpacking import child
from agents.sources.unpacking.apart import UnpackingStopped, unpack
from agents.sources.unpacking.extraction import extract
from agents.sources.unpacking.faults import ArchiveRefused, Fault
from agents.sources.unpacking.limits import MIB, Limits
from agents.sources.unpacking.plan import plan_of
from tests.support import zip_files as z
from tests.support.zip_files import MAIN, Packed, archive

LIMITS = Limits()
NEVER = threading.Event()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "out"
    made.mkdir()
    return made


def unpacked(data: bytes, folder: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    """Unpack in this process and return the files by their paths."""
    file = io.BytesIO(data)
    extract(file, plan_of(file, limits), folder, limits)
    return files_in(folder)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(data: bytes, folder: Path, limits: Limits = LIMITS) -> ArchiveRefused:
    with pytest.raises(ArchiveRefused) as refused:
        unpacked(data, folder, limits)
    return refused.value


def zipped(method: int = zipfile.ZIP_DEFLATED, **files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "/"), data)
    return target.getvalue()


# What is unpacked --------------------------------------------------------------------------------------------------


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
    full = archive(MAIN, here=0xFFFF, count=0xFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF, large=_true_of(MAIN))
    assert plan_of(io.BytesIO(full), LIMITS).file_count == 1


def _true_of(entry: Packed) -> dict[str, int]:
    return {"count": 1, "size": len(z.central(entry, 0)), "offset": len(z.local(entry)),
            "at": len(z.central(entry, 0)) + len(z.local(entry))}  # fmt: skip


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


# What is not -------------------------------------------------------------------------------------------------------

SLIPS = {
    "zip slip": "../evil.txt",
    "a slip further in": "a/../../evil.txt",
    "a harmless way back": "a/./b/../c.txt",
    "two dots alone": "..",
    "a dot alone": ".",
    "an absolute path": "/abs.txt",
    "two slashes": "//server/share",
    "an empty part": "a//b.txt",
    "a drive": "C:\\win.txt",
    "a drive with a slash": "C:/win.txt",
    "a drive alone": "C:win.txt",
    "backslashes": "a\\..\\..\\b.txt",
    "a share": "\\\\server\\share\\x",
    "a NUL": "main.py\0.txt",
    "a line end": "main\n.py",
    "a control character": "main\x1b[31m.py",
    "a delete character": "main\x7f.py",
    "text turned around": "main\u202eyp.exe",
    "a stream": "main.py:hidden",
    "a dot at the end": "main.",
    "a space at the end": "main ",
    "a device": "aux",
    "a device with an extension": "folder/COM1.txt",
    "a folder of git": ".git/hooks/post-checkout",
    "a folder of git in another case": "my/.GiT/config",
    "a folder of git by its short name": "my/git~1/config",
    "a folder of git with an unseen character": "my/.g\u200cit/config",
    "a name too long": "x" * 256,
    "a path too long": "/".join(["x" * 100] * 11),
    "a path too deep": "/".join("x" * 33),
}


@pytest.mark.parametrize("name", SLIPS.values(), ids=SLIPS.keys())
def test_names_that_lead_elsewhere_are_refused(folder, name):
    refused = refusal(archive(MAIN, Packed(name, b"evil")), folder)

    assert refused.fault is Fault.UNSAFE_NAME
    assert list(folder.iterdir()) == []


def test_a_name_that_is_no_text_is_refused(folder):
    assert refusal(archive(MAIN, Packed(b"\xff\xfe.py", flags=1 << 11)), folder).fault is Fault.UNSAFE_NAME


KINDS = {
    "a symbolic link": (z.LINK, Fault.LINK),
    "a pipe": (z.PIPE, Fault.SPECIAL_FILE),
    "a block device": (z.DEVICE, Fault.SPECIAL_FILE),
    "a character device": (0o020644, Fault.SPECIAL_FILE),
    "a socket": (z.SOCKET, Fault.SPECIAL_FILE),
    "a folder by its mode alone": (z.FOLDER, Fault.AMBIGUOUS),
}


@pytest.mark.parametrize(("mode", "fault"), KINDS.values(), ids=KINDS.keys())
def test_what_is_no_file_is_refused(folder, mode, fault):
    assert refusal(archive(MAIN, Packed("odd", b"/etc/passwd", mode=mode)), folder).fault is fault


COLLISIONS = {
    "twice the same": ("dup.txt", "dup.txt"),
    "the same in another case": ("Dup.txt", "dup.txt"),
    "the same composed and not": ("café.txt", "cafe\u0301.txt"),
    "folders in another case": ("Helpers/a.py", "helpers/b.py"),
    "sharp s": ("straße", "STRASSE"),
    "a file and a folder": ("a", "a/b.txt"),
    "a folder and a file": ("a/b.txt", "a"),
    "a file below a file": ("a/b", "a/b/c"),
}


@pytest.mark.parametrize("names", COLLISIONS.values(), ids=COLLISIONS.keys())
def test_names_that_collide_are_refused(folder, names):
    assert refusal(archive(*(Packed(name, b"x") for name in names)), folder).fault is Fault.COLLISION


LIES = {
    "an end that is cut off": (lambda: archive(MAIN)[:-5], Fault.AMBIGUOUS),
    "half of the file": (lambda: zipped(main=b"x" * 1000)[:60], Fault.TRUNCATED),
    "nothing": (lambda: b"", Fault.EMPTY),
    "a PDF": (lambda: b"%PDF-1.7 renamed to .zip", Fault.NOT_A_ZIP),
    "an archive of another kind": (lambda: b"\x1f\x8b\x08" + bytes(100), Fault.NOT_A_ZIP),
    "a picture with an archive behind it": (lambda: archive(MAIN, before=b"GIF89a"), Fault.NOT_A_ZIP),
    "a header of nobody in front": (lambda: archive(MAIN, before=b"PK\x03\x04junk"), Fault.AMBIGUOUS),
    "offsets that leave out what is in front": (
        lambda: archive(MAIN, before=b"PK\x03\x04junk", offsets_are_shifted=True), Fault.AMBIGUOUS),
    "something behind": (lambda: archive(MAIN, after=b"more"), Fault.AMBIGUOUS),
    "a second end in the comment": (
        lambda: archive(MAIN, comment=struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0)), Fault.AMBIGUOUS),
    "no entries": (archive, Fault.EMPTY),
    "folders alone": (lambda: archive(Packed("a/", mode=z.FOLDER)), Fault.EMPTY),
    "more entries than there are": (lambda: archive(MAIN, here=2, count=2), Fault.MALFORMED),
    "fewer entries than there are": (lambda: archive(MAIN, Packed("b"), here=1, count=1), Fault.AMBIGUOUS),
    "a directory elsewhere": (lambda: archive(MAIN, offset=3), Fault.AMBIGUOUS),
    "one of several parts": (lambda: archive(MAIN, disk=1, first=1), Fault.MULTI_DISK),
    "entries of other parts": (lambda: archive(MAIN, here=0), Fault.MULTI_DISK),
    "an entry on another part": (lambda: archive(replaced(MAIN, disk=3)), Fault.MULTI_DISK),
    "encrypted": (lambda: archive(replaced(MAIN, flags=1)), Fault.ENCRYPTED),
    "strongly encrypted": (lambda: archive(replaced(MAIN, flags=1 << 6)), Fault.ENCRYPTED),
    "an encrypted directory": (lambda: archive(replaced(MAIN, flags=1 << 13)), Fault.ENCRYPTED),
    "bzip2": (lambda: zipped(zipfile.ZIP_BZIP2, main=b"x"), Fault.METHOD),
    "LZMA": (lambda: zipped(zipfile.ZIP_LZMA, main=b"x"), Fault.METHOD),
    "an unknown system": (lambda: archive(replaced(MAIN, system=99)), Fault.MALFORMED),
    "a folder with contents": (lambda: archive(MAIN, Packed("a/", b"x", mode=z.FOLDER)), Fault.AMBIGUOUS),
    "another name in the header": (lambda: archive(replaced(MAIN, local={"name": b"evil.py"})), Fault.AMBIGUOUS),
    "another method in the header": (lambda: archive(replaced(MAIN, local={"method": 0})), Fault.AMBIGUOUS),
    "another size in the header": (lambda: archive(replaced(MAIN, local={"size": 5})), Fault.AMBIGUOUS),
    "another checksum in the header": (lambda: archive(replaced(MAIN, local={"crc": 5})), Fault.AMBIGUOUS),
    "encrypted in the header alone": (lambda: archive(replaced(MAIN, local={"flags": 1})), Fault.AMBIGUOUS),
    "a header elsewhere": (lambda: archive(MAIN, replaced(MAIN, name="b.py", offset=40)), Fault.OVERLAP),
    "a header that is none": (lambda: archive(MAIN).replace(b"PK\x03\x04", b"PK\x03\x05", 1), Fault.MALFORMED),
    "entries that share data": (z.overlapping_bomb, Fault.OVERLAP),
    "one header for two entries": (lambda: archive(MAIN, replaced(MAIN, name="b.py", offset=0)), Fault.OVERLAP),
    "data that runs into the next entry": (
        lambda: archive(Packed("a", method=0, size=90, packed_size=90), Packed("b", bytes(100))), Fault.OVERLAP),
    "an extra field that runs into the next entry": (
        lambda: archive(Packed("a", b"x" * 9, method=0, body=b"", packed_size=9, local_extra=bytes(9)), MAIN),
        Fault.OVERLAP),
    "a wrong checksum": (lambda: archive(replaced(MAIN, crc=1)), Fault.CHECKSUM),
    "damaged data": (lambda: archive(replaced(MAIN, body=b"\xff" * 40)), Fault.CHECKSUM),
    "data behind the data": (lambda: archive(replaced(MAIN, body=z.deflated(MAIN.data) + b"more")), Fault.CHECKSUM),
    "data that ends early": (lambda: archive(replaced(MAIN, body=z.deflated(MAIN.data)[:-9])), Fault.CHECKSUM),
    "a size that is too small": (lambda: archive(replaced(MAIN, size=3)), Fault.FALSE_SIZE),
    "a size that is too large": (lambda: archive(replaced(MAIN, size=900)), Fault.FALSE_SIZE),
    "4 GB of ten bytes": (lambda: archive(replaced(MAIN, size=0xFFFFFFFE)), Fault.FALSE_SIZE),
    "two sizes of what isn't packed": (lambda: archive(replaced(MAIN, method=0, size=3)), Fault.FALSE_SIZE),
    "a large form that isn't there": (lambda: archive(MAIN, count=0xFFFF, here=0xFFFF), Fault.MALFORMED),
    "a large form with another count": (lambda: archive(MAIN, large={"count": 7}), Fault.AMBIGUOUS),
    "a large form with another directory": (lambda: archive(MAIN, large={"offset": 0}), Fault.AMBIGUOUS),
    "a large form elsewhere": (lambda: archive(MAIN, large={"at": 4}), Fault.AMBIGUOUS),
    "a large form beyond the file": (lambda: archive(MAIN, large={"at": 2**63}), Fault.AMBIGUOUS),
    "a large form longer than it is": (lambda: archive(MAIN, large={"length": 99}), Fault.AMBIGUOUS),
    "a large count that is false": (
        lambda: archive(MAIN, count=0xFFFF, here=0xFFFF, large={**_true_of(MAIN), "count": 2**40}),
        Fault.TOO_MANY_ENTRIES),
    "a size that is missing": (lambda: archive(replaced(MAIN, size=0xFFFFFFFF)), Fault.MALFORMED),
    "a size that is given twice": (
        lambda: archive(replaced(MAIN, extra=struct.pack("<2HQ", 1, 8, 5) * 2)), Fault.AMBIGUOUS),
    "more than 100 MB": (lambda: b"PK" + bytes(100 * MIB), Fault.TOO_LARGE),
    "more than 500 MB": (lambda: z.bomb(501), Fault.TOO_LARGE_UNPACKED),
    "65,535 entries": (lambda: zipped(**{f"f{n}": b"" for n in range(65_000)}), Fault.TOO_MANY_ENTRIES),
    "a directory that is mostly padding": (
        lambda: archive(*(Packed(f"f{n}", extra=bytes(60_000)) for n in range(300))), Fault.MALFORMED),
}  # fmt: skip


def replaced(entry: Packed, **fields) -> Packed:
    return Packed(**{**vars(entry), **fields})


@pytest.mark.parametrize(("build", "fault"), LIES.values(), ids=LIES.keys())
def test_archives_that_lie_are_refused(folder, build, fault):
    refused = refusal(build(), folder)

    assert refused.fault is fault
    assert refused.sentence.endswith((".", "…"))


def test_many_that_are_small_are_counted_together(folder):
    entries = [Packed(f"{number}.bin", bytes(MIB)) for number in range(5)]

    assert refusal(archive(*entries), folder, LIMITS._replace(unpacked=4 * MIB)).fault is Fault.TOO_LARGE_UNPACKED


def test_the_limits_themselves_are_allowed(folder):
    fitting = archive(Packed("a", bytes(MIB)), Packed("b", bytes(MIB)))

    assert len(unpacked(fitting, folder, LIMITS._replace(unpacked=2 * MIB, entries=2, packed=len(fitting)))) == 2


def test_a_name_in_a_sentence_holds_no_control_character(folder):
    assert "\x1b" not in refusal(archive(MAIN, Packed("../\x1b[31m")), folder).sentence


# In a process of its own -------------------------------------------------------------------------------------------


def test_a_process_of_its_own_unpacks_and_says_what(folder, tmp_path):
    data = archive(Packed("my/main.py", b"x"), Packed("my/b/c.py", b"yy"))

    told = unpack(z.in_file(tmp_path, data), folder, LIMITS, NEVER)

    assert (told.files, told.size, told.flattened) == (2, 3, "my")
    assert files_in(folder) == {"main.py": b"x", "b/c.py": b"yy"}


def test_a_process_of_its_own_says_why_not(folder, tmp_path):
    with pytest.raises(ArchiveRefused) as refused:
        unpack(z.in_file(tmp_path, archive(Packed("../up"))), folder, LIMITS, NEVER)

    assert refused.value.fault is Fault.UNSAFE_NAME


def test_a_disk_that_is_full_is_not_the_archives_fault(folder, tmp_path):
    file = z.in_file(tmp_path, archive(MAIN))

    with pytest.raises(OSError, match="directory"):
        unpack(file, folder / "is not there", LIMITS, NEVER)


def test_unpacking_can_be_stopped(folder, tmp_path):
    stop = threading.Event()
    stop.set()

    with pytest.raises(UnpackingStopped):
        unpack(z.in_file(tmp_path, z.bomb(400)), folder, LIMITS, stop)


def test_what_takes_too_long_is_refused(folder, tmp_path):
    with pytest.raises(ArchiveRefused) as refused:
        unpack(z.in_file(tmp_path, z.bomb(400)), folder, LIMITS._replace(seconds=0), NEVER)

    assert refused.value.fault is Fault.TOO_COSTLY


def test_unpacking_500_mb_takes_little_memory(folder, tmp_path):
    command = [
        sys.executable,
        "-I",
        "-B",
        child.__file__,
        z.in_file(tmp_path, z.bomb(499)),
        folder,
        json.dumps(LIMITS._asdict()),
    ]

    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, *map(str, command)], capture_output=True, check=True, timeout=120
    )

    assert (folder / "zeros.bin").stat().st_size == 499 * MIB
    assert int(measured.stdout.splitlines()[-1]) * 1024 < 64 * MIB


_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


# Fuzzing -----------------------------------------------------------------------------------------------------------

_NAMES = st.one_of(
    st.sampled_from(list(SLIPS.values())), st.text(max_size=30), st.sampled_from(["a", "a/b", "A/b", "m/"])
)
_ENTRIES = st.builds(
    Packed,
    name=st.one_of(_NAMES.map(lambda name: name.encode("utf-8", "replace")), st.binary(max_size=20)),
    data=st.binary(max_size=300),
    method=st.sampled_from([0, 0, 8, 8, 8, 12]),
    mode=st.sampled_from([z.FILE, z.FILE, z.FOLDER, z.LINK, 0, z.PIPE]),
    flags=st.sampled_from([0, 0, 0, 1, 8, 1 << 11]),
    size=st.sampled_from([None, None, None, 0, 5, 0xFFFFFFFF]),
    offset=st.one_of(st.none(), st.none(), st.integers(0, 400)),
    extra=st.binary(max_size=24),
    local_extra=st.binary(max_size=24),
)


@settings(max_examples=400, deadline=None)
@given(
    entries=st.lists(_ENTRIES, max_size=5),
    cuts=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3)), max_size=4),
)
def test_no_archive_writes_outside_its_folder_or_breaks_the_reader(tmp_path_factory, entries, cuts):
    data = bytearray(archive(*entries))
    for place, piece in cuts:
        data[place : place + len(piece)] = piece if place < len(data) else b""
    around = tmp_path_factory.mktemp("around")
    (around / "out").mkdir()
    small = LIMITS._replace(unpacked=2000)

    try:
        files = unpacked(bytes(data), around / "out", small)
    except ArchiveRefused:
        files = files_in(around / "out")

    assert [path.name for path in around.iterdir()] == ["out"]
    assert sum(map(len, files.values())) <= small.unpacked
    assert all(path.is_file() or path.is_dir() for path in (around / "out").rglob("*"))
    assert not any(path.is_symlink() for path in (around / "out").rglob("*"))
    assert not any(part.lower() == ".git" for path in (around / "out").rglob("*") for part in path.parts)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text("abcde/", min_size=1, max_size=8), st.binary(max_size=400), min_size=1, max_size=6))
def test_what_is_unpacked_is_what_python_reads_too(tmp_path_factory, files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    out = tmp_path_factory.mktemp("out")

    try:
        found = unpacked(target.getvalue(), out)
    except ArchiveRefused:
        return

    read = zipfile.ZipFile(target)
    expected = {name: read.read(name) for name in read.namelist() if not name.endswith("/")}
    assert set(found.values()) == set(expected.values())
    assert all(any(name.endswith(path) for name in expected) for path in found)
