"""Cutting a text into chunks: nothing is lost, whatever the text."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agents.knowledge.chunking import CHUNK_CHARACTERS, OVERLAP_CHARACTERS, cut, join

texts = st.text(alphabet="ab .!?\n\t\r“é漢🙂", max_size=400) | st.text(max_size=200)
sizes = st.integers(min_value=4, max_value=60)


@given(texts, sizes, st.data())
def test_no_character_is_lost_and_none_is_added(text, size, data):
    overlap = data.draw(st.integers(min_value=0, max_value=size // 2 - 1))
    assert join(cut(text, size=size, overlap=overlap)) == text


@given(texts, sizes, st.data())
def test_each_piece_fits_and_stands_where_it_says(text, size, data):
    overlap = data.draw(st.integers(min_value=0, max_value=size // 2 - 1))
    for piece in cut(text, size=size, overlap=overlap):
        assert 1 <= len(piece.text) <= size
        assert text[piece.start : piece.end] == piece.text


@given(texts, sizes, st.data())
def test_each_piece_goes_on_where_the_one_before_ended_or_repeats_a_little(text, size, data):
    overlap = data.draw(st.integers(min_value=0, max_value=size // 2 - 1))
    for before, after in pairwise(cut(text, size=size, overlap=overlap)):
        assert before.start < after.start
        assert before.end - overlap <= after.start <= before.end
        assert after.end > before.end


def test_a_short_text_is_one_piece():
    assert [piece.text for piece in cut("Within 30 days.")] == ["Within 30 days."]


def test_nothing_is_cut_out_of_nothing():
    assert list(cut("")) == []


def test_it_is_cut_between_paragraphs_where_that_is_possible():
    paragraphs = [f"{name} " * 130 for name in ("alpha", "beta", "gamma")]
    pieces = list(cut("\n\n".join(paragraphs)))
    assert [piece.text.split()[-1] for piece in pieces] == ["alpha", "beta", "gamma"]


def test_else_between_sentences_and_never_inside_a_word_that_fits():
    sentences = " ".join(f"This is the sentence number {number}." for number in range(200))
    pieces = list(cut(sentences))
    assert len(pieces) > 4
    assert all(piece.text.rstrip().endswith(".") for piece in pieces)
    assert all(not piece.start or sentences[piece.start - 1].isspace() for piece in pieces)


def test_what_stands_across_a_cut_is_said_again():
    first, second = list(cut("word " * 300))[:2]
    assert 0 < first.end - second.start <= OVERLAP_CHARACTERS


def test_a_word_longer_than_a_piece_is_cut_all_the_same():
    assert {len(piece.text) for piece in cut("x" * (3 * CHUNK_CHARACTERS))} == {CHUNK_CHARACTERS}
