import json

from hypothesis import given
from hypothesis import strategies as st

from console.forms.json_lines import line_of

TEXT = """{
  "nodes": [
    {"id": "a"},
    {
      "id": "b",
      "expression": {"x": 1}
    }
  ],
  "edges": []
}"""

KEYS = st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def paths(value, path=()):
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from paths(inner, (*path, key))


def at(value, path):
    for part in path:
        value = value[part]
    return value


def test_a_path_leads_to_the_line_of_its_key_or_its_item():
    found = [line_of(TEXT, path) for path in [(), ("nodes",), ("nodes", 0), ("nodes", 1), ("nodes", 1, "expression")]]
    assert found == [1, 2, 3, 4, 6]


def test_what_is_missing_is_shown_at_what_is_around_it():
    assert line_of(TEXT, ("nodes", 1, "agent_id")) == 4
    assert line_of(TEXT, ("nodes", 7, "id")) == 2
    assert line_of(TEXT, ("edges", 0, "to")) == 9
    assert line_of(TEXT, ("nowhere",)) == 1


def test_of_two_entries_with_one_key_the_last_counts_as_it_does_for_json():
    assert line_of('{\n"a": 1,\n"a": 2\n}', ("a",)) == 3


@given(VALUES)
def test_every_path_of_every_value_leads_to_a_line_where_that_value_stands(value):
    text = json.dumps(value, indent=1)
    lines = text.split("\n")
    for path in paths(value):
        line = lines[line_of(text, path) - 1].strip()
        wanted = json.dumps(at(value, path), indent=1).split("\n")[0]
        key = f"{json.dumps(path[-1])}: " if path and isinstance(path[-1], str) else ""
        assert line.rstrip(",") == f"{key}{wanted}".rstrip(",")
