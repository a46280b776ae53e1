"""Getting the text out of documents, and refusing what holds none."""

import json
import time

import pytest

from agents.knowledge import reading_apart
from agents.knowledge.errors import DocumentUnreadable
from agents.knowledge.reading import text_of
from agents.knowledge.reading_apart import text_apart

PAGE = b"""<!doctype html><html><head><title>Refunds &amp; more</title><style>p { color: red }</style></head>
<body><!-- not seen --><h1>Refunds</h1><p>Within <b>30</b>
days.<br>No reason.</p><script>alert("<p>no</p>")</script><table><tr><td>Fee</td><td>0</td></tr></table>
<p>a &lt; b and 1 < 2</p></body></html>"""


def test_text_is_taken_as_it_stands():
    assert text_of("txt", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe,\r\n  world") == "Grüße,\r\n  world"


def test_of_a_page_a_reader_sees_is_taken():
    text = text_of("html", PAGE)
    assert text.splitlines()[0] == "Refunds & more"
    assert "Within 30 days.\nNo reason." in text
    assert "a < b and 1 < 2" in text
    assert "Fee | 0" in text
    for unseen in ("alert", "color", "not seen", "<p>"):
        assert unseen not in text


def test_a_row_of_a_table_says_what_its_cells_are():
    text = text_of("csv", b'city,note\nUlm,"big\nspire"\nBonn,old\n')
    assert text == "city: Ulm\nnote: big\nspire\n\ncity: Bonn\nnote: old"


def test_a_csv_that_is_no_table_is_taken_as_it_stands():
    assert text_of("csv", b"a,b\n1,2,3\n") == "a,b\n1,2,3\n"


def test_names_that_would_drown_the_cells_are_not_repeated():
    table = ("a" * 100_000 + "\n" + "1\n" * 100_000).encode()
    assert text_of("csv", table) == table.decode()


def test_deep_json_does_not_grow():
    deep = b"[" * 500 + b",".join([b"0"] * 10_000) + b"]" * 500
    assert len(text_of("json", deep)) < 2 * len(deep)


def test_json_keeps_its_values_and_gets_lines():
    value = {"a": [1, "ü"], "b": None}
    text = text_of("json", json.dumps(value).encode())
    assert json.loads(text) == value
    assert text.splitlines() == ['{"a": [1,', '"ü"],', '"b": null}']


@pytest.mark.parametrize(
    ("kind", "content", "sentence"),
    [
        ("txt", b" \n\t ", "There is no text in it."),
        ("html", b"<script>1</script><p> </p>", "There is no text in it."),
        ("txt", b"ab\xffcd", "It is not UTF-8 at byte 3."),
        ("txt", "né".encode("utf-16"), "It is UTF-16."),
        ("txt", b"a\x00b", "Character 2 is NUL"),
        ("md", b"%PDF-1.7 ...", "It is a PDF, and that can’t be read here."),
        ("txt", b"PK\x03\x04...", "It is a ZIP archive or an Office document"),
        ("json", b'{"a": }', "It is not JSON: Expecting value at line 1, column 7."),
        ("json", b"[" * 100_000, "Its JSON is too deep"),
        ("json", b"1" * 10_000, "holds too long a number"),
        ("json", b'"\\ud800"', "half of a character"),
    ],
)
def test_what_holds_no_text_is_refused_with_what_to_do(kind, content, sentence):
    with pytest.raises(DocumentUnreadable, match=sentence.replace(".", r"\.")) as refused:
        text_of(kind, content)
    assert len(refused.value.message.split(". ")) >= 2


@pytest.mark.parametrize(
    "piece", ["<a ", "<p ", "<!--", "<script>", "<style></style>", "<div>", "&#", "<br", "\t\n", "</td "]
)
def test_a_hostile_page_takes_time_in_proportion_to_its_length(piece):
    began = time.perf_counter()
    text_of("html", (piece * 300_000 + "end").encode())
    assert time.perf_counter() - began < 10


# Apart from the worker ------------------------------------------------------------------------------------------------


def test_a_process_of_its_own_says_the_same():
    assert text_apart("html", PAGE) == text_of("html", PAGE)
    with pytest.raises(DocumentUnreadable, match="It is not UTF-8 at byte 3"):
        text_apart("txt", b"ab\xffcd")


_KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.parametrize("child", ["raise SystemExit(1)", "import time; time.sleep(60)", _KILLED])
def test_a_process_that_takes_too_much_is_told_as_the_document_s_fault(monkeypatch, tmp_path, child):
    script = tmp_path / "child.py"
    script.write_text(child)
    monkeypatch.setattr(reading_apart, "_CHILD", script)
    monkeypatch.setattr(reading_apart, "_LONGEST_SECONDS", 2)
    with pytest.raises(DocumentUnreadable, match="too long or too much memory"):
        text_apart("txt", b"text")


def test_what_needs_too_much_memory_ends_the_process_alone(monkeypatch):
    document = b"[" + b",".join([b"{}"] * 1_000_000) + b"]"
    monkeypatch.setattr(reading_apart, "_MOST_BYTES", 100_000_000)
    with pytest.raises(DocumentUnreadable, match="too long or too much memory"):
        text_apart("json", document)
    monkeypatch.setattr(reading_apart, "_MOST_BYTES", 1_000_000_000)
    assert text_apart("json", document).startswith("[{},")
