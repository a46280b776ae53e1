import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.templates import (
    TemplateError,
    UnknownPlaceholder,
    names,
    problem,
    render,
    render_value,
    text_of,
    value_of,
)

STATE = {"name": "Ada", "pr": {"title": "Fix it", "files": ["a.py", "b.py"]}, "input": {"name": "Bob", "url": "u"}}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Hello {{name}}", "Hello Ada"),
        ("{{ pr.title }}", "Fix it"),
        ("{{pr.files.1}}", "b.py"),
        ("{{input.name}}", "Bob"),
        ("{{url}}", "u"),
        ("{{state.name}} {{$.name}}", "Ada Ada"),
        ("{{pr.files}}", '["a.py", "b.py"]'),
        (r"\{{name}}", "{{name}}"),
        ("{ {name} }", "{ {name} }"),
        ("", ""),
    ],
)
def test_placeholders_are_filled_in(text, result):
    assert render(text, STATE) == result


@pytest.mark.parametrize("name", ["nothing", "pr.nothing", "pr.files.2", "name.first", "input.nothing"])
def test_an_unknown_placeholder_is_an_error_by_its_name(name):
    with pytest.raises(UnknownPlaceholder, match=name) as raised:
        render(f"a {{{{{name}}}}} b", STATE)
    assert raised.value.name == name


def test_what_is_there_and_null_is_not_unknown():
    assert render("{{x}}", {"x": None}) == "null"


@pytest.mark.parametrize("text", ["{{}}", "{{a b}}", "{{a", "{{.ID}}", "{{a..b}}"])
def test_braces_that_begin_no_placeholder_are_refused_before_any_run(text):
    assert text[:3] in str(problem(text))
    with pytest.raises(TemplateError):
        render(text, STATE)


def test_names_are_told_once_and_in_order():
    assert names("{{b}} {{a.x}} {{b}}") == ("b", "a.x")


def test_a_value_keeps_its_type_where_a_text_is_one_placeholder():
    given = {"files": "{{pr.files}}", "told": "{{pr.files.0}} of {{name}}", "n": 1, "deep": ["{{pr}}"]}
    assert render_value(given, STATE) == {
        "files": ["a.py", "b.py"], "told": "a.py of Ada", "n": 1, "deep": [STATE["pr"]]
    }  # fmt: skip


@given(st.dictionaries(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.text(), min_size=1), st.data())
def test_a_value_is_put_in_as_it_is_and_never_read_again(state, data):
    name = data.draw(st.sampled_from(sorted(state)))
    assert render(f"<{{{{{name}}}}}>", state) == f"<{state[name]}>"


@given(st.text(alphabet="{}ab.\\ "))
def test_any_text_is_filled_in_or_refused(text):
    if problem(text) is None and not names(text):
        assert render(text, {}) == text.replace("\\{{", "{{")


def test_values_become_text_as_json_but_for_texts():
    assert [text_of(value) for value in ("a", 1, True, None, ["ä"])] == ["a", "1", "true", "null", '["ä"]']
    assert value_of("$", {"$": 3, "input": {}}) == 3
