"""Words, their trigrams, and which of them look alike."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.knowledge import words
from agents.models import Word
from tests.factories import KnowledgeSourceFactory


@pytest.fixture
def holder(project):
    source = KnowledgeSourceFactory(project=project)
    return words.Holder(project.organization_id, "source_id", source.pk)


def alike(holder, *asked):
    found = words.alike(asked, source_ids=[holder.key], memory_ids=[])
    return {word: [near.word for near in several] for word, several in found.items()}


def test_words_are_folded_and_come_once():
    assert words.words_of("Straße STRASSE, refund-policy a1 is_it 'Tis") == ["policy", "refund", "strasse", "tis"]


def test_an_accent_is_the_same_however_it_is_written():
    assert words.words_of("caf\u00e9s cafe\u0301s") == ["caf\u00e9s"]


def test_a_run_of_accents_takes_no_time():
    began = time.perf_counter()
    assert words.words_of("e" + "\u0301\u0316" * 500_000) == []
    assert time.perf_counter() - began < 10


def test_trigrams_take_the_blanks_around_a_word_as_letters():
    assert words.trigrams_of("cat") == ["  c", " ca", "at ", "cat"]


@given(st.text(max_size=200))
def test_no_word_is_too_short_or_too_long_to_keep(text):
    assert all(3 <= len(word) <= words.LONGEST_WORD for word in words.words_of(text))


def test_a_mistyped_word_finds_the_one_that_is_there(holder):
    words.keep(holder, ["policy", "retention", "zebra"])
    assert alike(holder, "retension", "polcy", "qqqqq") == {"retension": ["retention"], "polcy": ["policy"]}


def test_the_word_itself_is_as_alike_as_can_be(holder):
    words.keep(holder, ["policies", "policy"])
    best = words.alike(["policy"], source_ids=[holder.key], memory_ids=[])["policy"][0]
    assert best == ("policy", 1.0)


def test_words_of_another_source_are_not_found(holder, project):
    other = words.Holder(project.organization_id, "source_id", KnowledgeSourceFactory(project=project).pk)
    words.keep(other, ["retention"])
    assert alike(holder, "retension") == {}


def test_a_word_goes_with_the_last_that_used_it(holder):
    words.keep(holder, ["policy", "refund"])
    words.keep(holder, ["policy"])
    words.release(holder, ["policy", "refund"])
    assert list(Word.objects.values_list("word", "uses")) == [("policy", 1)]
    words.release(holder, ["policy"])
    assert not Word.objects.exists()
