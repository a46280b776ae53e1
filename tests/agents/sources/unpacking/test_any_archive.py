"""Archives that nobody thought of."""

import io
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.sources.unpacking.faults import ArchiveRefused
from tests.agents.sources.unpacking.reading import LIMITS, SLIPS, files_in, unpacked
from tests.support import zip_files as z
from tests.support.zip_files import Packed, archive

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
