from console.display import json_view


def test_keys_and_values_are_escaped():
    shown = json_view.to_html({"<b>": ["</script>", "\u202e"]})
    assert "<b>" not in shown
    assert "</script>" not in shown
    assert "U+202E" in shown


def test_it_folds_objects_and_lists_and_not_empty_ones():
    assert json_view.to_html({"a": [1, 2], "b": {}, "c": []}).count("<details") == 2


def test_what_is_deep_is_closed_at_first():
    deep = {"a": {"b": {"c": {"d": 1}}}}
    assert json_view.to_html(deep).count("<details open>") == 3


def test_it_stops_after_what_a_person_can_read():
    shown = json_view.to_html(list(range(json_view.MOST_VALUES * 2)))
    assert shown.count("the rest is left out") == 1
    assert shown.count("<div>") < json_view.MOST_VALUES + 10


def test_a_long_text_says_how_much_is_left_out():
    assert "5 more characters" in json_view.to_html("x" * (json_view.MOST_CHARACTERS + 5))
