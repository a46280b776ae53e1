"""Placeholders: filled by name, and never able to become structure."""

import json
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools.templates import (
    TemplateError,
    body_template_problem,
    filled_body,
    filled_url,
    names_in,
    url_template_problem,
)

VALUES = {"id": 7, "name": "Ada & Bob", "deep": {"list": ["x", {"y": True}]}, "none": None, "many": [1, 2]}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("https://a.example/{{id}}", "https://a.example/7"),
        ("https://a.example/{{ name }}?q={{name}}", "https://a.example/Ada%20%26%20Bob?q=Ada%20%26%20Bob"),
        ("https://a.example/{{deep.list.0}}/{{deep.list.1.y}}", "https://a.example/x/true"),
        ("https://a.example/?q={{none}}&m={{many}}", "https://a.example/?q=&m=%5B1%2C%202%5D"),
    ],
)
def test_a_url_is_filled_with_encoded_values(template, filled):
    assert filled_url(template, VALUES) == filled


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_value_leaves_its_place_in_a_url(value):
    try:
        url = filled_url("https://a.example/x/{{v}}/y?q={{v}}", {"v": value})
    except TemplateError:
        assert value in {".", ".."}
        return
    parts = urlsplit(url)
    assert (parts.netloc, parts.fragment) == ("a.example", "")
    assert [unquote(part) for part in parts.path.split("/")] == ["", "x", value, "y"]
    assert unquote(parts.query) == f"q={value}"


@pytest.mark.parametrize("name", ["gone", "deep.gone", "deep.list.9", "id.x"])
def test_a_placeholder_that_the_input_can_not_fill_is_named(name):
    for fill in (
        lambda: filled_url(f"https://a.example/{{{{{name}}}}}", VALUES),
        lambda: filled_body(json.dumps({"a": f"{{{{{name}}}}}"}), VALUES),
    ):
        with pytest.raises(TemplateError, match=f"The input has no {name}"):
            fill()


def test_a_body_keeps_types_where_a_placeholder_stands_alone():
    template = '{"id": "{{id}}", "text": "Number {{id}} of {{many}}", "all": ["{{deep}}", 1, null]}'
    assert filled_body(template, VALUES) == {
        "id": 7,
        "text": "Number 7 of [1, 2]",
        "all": [{"list": ["x", {"y": True}]}, 1, None],
    }


@given(st.text(max_size=40))
def test_no_value_leaves_its_place_in_a_body(value):
    body = filled_body('{"a": "x{{v}}", "b": "{{v}}"}', {"v": value})
    assert body == {"a": f"x{value}", "b": value}


def test_a_blank_body_is_the_whole_input():
    assert filled_body(" ", VALUES) == VALUES


@pytest.mark.parametrize(
    "template",
    ["https://{{host}}/", "https://a.{{host}}/", "{{scheme}}://a.example/", "https://a.example:{{port}}/",
     "https://a.example{{rest}}", "https://{{user}}@a.example/"],
)  # fmt: skip
def test_which_host_is_called_does_not_depend_on_the_input(template):
    assert "behind the host" in url_template_problem(template)


@pytest.mark.parametrize("template", ["https://a.example/{{ }}", "https://a.example/{{a b}}", "https://a.example/}}"])
def test_a_placeholder_that_is_none_is_told(template):
    assert "Write a placeholder as {{name}}" in url_template_problem(template)


def test_a_path_with_dots_is_told():
    assert ". or .." in url_template_problem("https://a.example/../{{id}}")


@pytest.mark.parametrize("template", ['{"a": {{b}}}', "not json", '{"a": "{{b c}}"}', "[" * 100_000])
def test_a_body_that_is_no_json_is_told(template):
    assert body_template_problem(template)


def test_it_says_which_parts_of_the_input_are_read():
    assert names_in("https://a.example/{{a.b}}", '{"x": "{{c}} {{a}}"}') == {"a", "c"}
