import base64
import html
import itertools
import json
import shlex
import tracemalloc
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.redaction import MASK, Redactor

SECRET = "s3cr3t/Token+Value=42"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps(SECRET),
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(b"user:" + SECRET.encode()).decode(),
        base64.b64encode(b"ab" + SECRET.encode() + b"z").decode(),
        base64.urlsafe_b64encode(b"x" + SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_masked_however_it_is_written(written):
    masked = Redactor([SECRET])(f"before {written} after")
    assert MASK in masked
    assert written not in masked


def test_short_values_are_left_alone():
    assert Redactor(["abc"])("abc") == "abc"


def test_the_longest_secret_is_masked_first():
    assert Redactor(["password1", "password1-extended"])("password1-extended") == MASK


def test_data_is_masked_in_lists_and_keys():
    redactor = Redactor([SECRET])
    assert redactor.value({"a": [SECRET, {SECRET: 1}]}) == {"a": [MASK, {MASK: 1}]}


@given(
    text=st.lists(st.sampled_from([SECRET, "s3cr3t", "abcdefgh", "abcdefghij", " ", "x", "Token"]), max_size=12).map(
        "".join
    ),
    cuts=st.lists(st.integers(0, 120), max_size=8),
)
def test_a_stream_masks_as_the_whole_would(text, cuts):
    redactor = Redactor([SECRET, "abcdefgh", "abcdefghij"])
    stream = redactor.stream()
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    assert "".join([*map(stream.feed, pieces), stream.end()]) == redactor(text)


AWKWARD = "p4ss'word\"<&>\\ with/every sort\nof-character=ü"


@pytest.mark.parametrize(
    "write",
    [
        lambda secret: quote(secret, safe=""), quote_plus, quote, lambda secret: quote(secret, safe="").lower(),
        lambda secret: json.dumps(secret)[1:-1], lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape, repr, shlex.quote, lambda secret: secret.encode().hex(),
        lambda secret: secret.encode().hex().upper(), lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(b"user:" + secret.encode()).decode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("secret", [SECRET, AWKWARD])
def test_every_way_to_write_a_secret_is_masked_wherever_a_stream_is_cut(write, secret):
    text = f"before {write(secret)} after"
    redactor = Redactor([secret])
    whole = redactor(text)
    assert secret[:12] not in whole
    for cut in range(len(text) + 1):
        stream = redactor.stream()
        assert stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.end() == whole


@given(start=st.integers(0, 60), length=st.integers(0, 60))
def test_of_a_secret_that_was_cut_less_than_eight_characters_are_left(start, length):
    text = f"some words before {SECRET} and some after it"

    masked = Redactor([SECRET]).piece(text[start : start + length])

    assert not [place for place in range(len(SECRET) - 7) if SECRET[place : place + 8] in masked]


@pytest.mark.parametrize(
    ("cut", "half"),
    [
        ("{}…", SECRET[:12]),
        ("{}\n[1,234 characters left out]\nmore", SECRET[:12]),
        ("{} […] more", SECRET[:12]),
        ("[5 bytes of stdout left out]\n{}", SECRET[-12:]),
        ("more\n[1,234 characters left out]\n{}", SECRET[-12:]),
    ],
)
def test_half_of_a_secret_is_masked_where_a_text_says_that_it_was_cut(cut, half):
    assert Redactor([SECRET]).piece(cut.format(half)) == cut.format(MASK)


def test_what_only_looks_a_little_like_a_secret_stays():
    text = "s3cr3t/ is not all of it, nor is /x=42"
    assert Redactor([SECRET]).piece(text) == text


def test_a_large_secret_costs_little_memory():
    secret = "".join(f"{number:x}" for number in range(8_000))
    tracemalloc.start()
    try:
        redactor = Redactor([secret])
        stream = redactor.stream()
        assert stream.feed(f"a {secret[:20_000]}") == "a "
        assert stream.feed(f"{secret[20_000:]} b") + stream.end() == f"{MASK} b"
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
