import base64
import itertools
import json
from urllib.parse import quote

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
