import pytest

from console.display import text


def test_markup_of_others_is_escaped():
    assert text.visible('<b onclick="x">') == "&lt;b onclick=&quot;x&quot;&gt;"


@pytest.mark.parametrize(
    "unseen", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\U000e0041", "\x00", "\x1b", "\r", "\x85"]
)
def test_what_one_would_not_see_is_shown_by_its_number(unseen):
    shown = text.visible(f"invoice{unseen}gnp.exe")
    assert unseen not in shown
    assert f"U+{ord(unseen):04X}" in shown


def test_joiners_that_a_script_needs_are_left_alone():
    assert text.visible("\u0915\u094d\u200d\u0937") == "\u0915\u094d\u200d\u0937"
    assert "U+200D" in text.visible("pay\u200dpal")


def test_tabs_and_new_lines_stay():
    assert text.visible("a\tb\n") == "a\tb\n"


def test_an_id_keeps_its_kind_and_both_ends():
    assert text.middle_cut("run_01K9X4Z7QD8M3V5T2B6N8C1F0A") == "run_01K9…1F0A"
    assert text.middle_cut("run_short") == "run_short"
