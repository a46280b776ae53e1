"""What the steps of a Dockerfile leave to those behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.dockerfile import Refused, parse
from sandboxes.dockerfile.surroundings import Surroundings
from sandboxes.dockerfile.words import LONGEST_VALUE, WordError, expand

BASE = Surroundings({"PATH": "/usr/bin", "HOME": "/home/user"}, {}, "/home/user")


def after(text: str) -> Surroundings:
    found = parse(text)
    place = BASE
    for step in found.steps:
        place = place.after(step, found.escape)
    return place


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("/opt/bin:$PATH", "/opt/bin:/usr/bin"),
        ("${PATH}x", "/usr/binx"),
        ("$NOBODY", ""),
        ("${NOBODY:-a b}", "a b"),
        ("${PATH:+yes}", "yes"),
        ("${NOBODY+yes}", ""),
        ("${EMPTY-kept}${EMPTY:-filled}", "filled"),
        ('"a $PATH"', "a /usr/bin"),
        ("'a $PATH'", "a $PATH"),
        ("\\$PATH", "$PATH"),
        ('"\\$PATH \\" \\n"', '$PATH " \\n'),
        ("a\\ b", "a b"),
        ("$5", "$5"),
        ("a\\", "a\\"),
    ],
)
def test_words_come_to_what_they_mean(word, value):
    assert expand(word, {"PATH": "/usr/bin", "EMPTY": ""}, "\\") == value


def test_values_of_one_instruction_see_what_held_before_it():
    assert after("ENV A=1\nENV A=2 B=$A\nENV C=$A$B").env == {"A": "2", "B": "1", "C": "21"}


def test_a_folder_is_relative_to_the_one_before():
    assert after("WORKDIR /srv/./x\nWORKDIR ../y\nENV D=z\nWORKDIR $D").folder == "/srv/y/z"


def test_a_folder_can_not_be_led_out_by_its_parts():
    for text in ("WORKDIR /srv/../proc/self/fd/7", "ENV P=/proc\nWORKDIR $P/1", "WORKDIR ../../proc", "WORKDIR //proc"):
        with pytest.raises(WordError):
            after(text)


def test_values_made_of_each_other_do_not_grow_without_end():
    with pytest.raises(WordError, match=f"{LONGEST_VALUE:,}"):
        after("ENV A=0123456789\n" + "ENV A=$A$A\n" * 2_000)


def test_many_long_values_are_too_much_together():
    with pytest.raises(WordError, match="variables grow"):
        after("ENV A=" + "a" * 20_000 + "\n" + "".join(f"ENV B{number}=$A\n" for number in range(10)))


@given(st.text(max_size=100), st.sampled_from(["\\", "`"]))
def test_any_word_has_a_value_or_is_refused(word, escape):
    try:
        value = expand(word, {"A": "b"}, escape)
    except WordError:
        return
    assert len(value) <= LONGEST_VALUE


@given(st.lists(st.sampled_from(["ENV A=$A.", "WORKDIR $A", "WORKDIR ..", "WORKDIR b", "ENV A=proc"]), max_size=8))
def test_no_step_starts_in_a_closed_folder(lines):
    try:
        folder = after("\n".join(["ENV A=x", *lines])).folder
    except (WordError, Refused):
        return
    assert folder.startswith("/")
    assert not f"{folder}/".startswith("/proc/")
