"""The archives that are not unpacked, each with its reason."""

import struct
import zipfile

import pytest

from agents.sources.unpacking.faults import Fault
from agents.sources.unpacking.limits import MIB
from tests.agents.sources.unpacking.reading import LIMITS, SLIPS, refusal, true_of, unpacked, zipped
from tests.support import zip_files as z
from tests.support.zip_files import MAIN, Packed, archive


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
        lambda: archive(MAIN, count=0xFFFF, here=0xFFFF, large={**true_of(MAIN), "count": 2**40}),
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
