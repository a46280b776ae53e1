import json

from console.errors import Problem
from console.storable import unstorable


def paths(value) -> list[str]:
    return sorted(problem.dotted_path for problem in unstorable(value))


def test_what_can_be_stored_is_no_problem():
    assert not paths({"a": ["é", "😀", "\n", 1, None, True, {"b": ""}]})


def test_each_text_that_can_t_be_stored_is_told_with_its_path():
    value = {"name": "a\0", "fields": [{"title": "ok"}, {"title": "\ud800", "key\0": 1}]}
    assert paths(value) == ["fields.1", "fields.1.title", "name"]


def test_the_deepest_json_does_no_harm():
    depth = 500
    assert paths(json.loads("[" * depth + '"\\u0000"' + "]" * depth)) == [".".join("0" * depth)]


def test_a_problem_says_why_it_is_one():
    (problem,) = unstorable("\0")
    assert problem == Problem("This holds the character NUL or half of a character, which can’t be stored.")
