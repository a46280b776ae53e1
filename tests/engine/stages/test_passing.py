import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.dialects.stages.passing import earlier_stages, feedback_for, message, previous_output
from orchestration.dialects.stages.placeholders import UnknownPlaceholder, fill_in, names_in, unknown_in

EARLIER = [
    {"id": "stage-0", "name": "Write", "checks": False},
    {"id": "stage-1", "name": "Check", "checks": True},
    {"id": "stage-2", "name": "Skipped", "checks": False},
]


def state(**more):
    written = {"output": "The text.", "handoff": {"summary": "Wrote a text."}}
    checked = {"passed": True, "handoff": {"summary": "Passed."}}
    return {
        "description": "Write a text.", "params": {"tone": "plain", "count": 3, "formal": True, "none": None},
        "artifacts": {"stage-0": written, "stage-1": checked}, **more,
    }  # fmt: skip


def told(prompt: str, feedback=None, **more) -> str:
    seen = state(**more)
    return message(prompt, seen, earlier_stages({"earlier": EARLIER}, seen), feedback)


def test_a_stage_that_was_left_out_is_not_among_the_earlier_ones():
    assert [stage.id for stage in earlier_stages({"earlier": EARLIER}, state())] == ["stage-0", "stage-1"]


def test_the_previous_output_is_that_of_the_last_stage_that_did_work():
    assert previous_output(earlier_stages({"earlier": EARLIER}, state())) == "The text."


def test_placeholders_are_filled_in():
    text = told("{{description}}|{{ previousOutput }}|{{handoffText}}|{{param.tone}}{{param.count}}{{param.formal}}")
    assert text.startswith("Write a text.|The text.|### Write")
    assert text.endswith("|plain3true")


def test_a_value_that_is_not_given_is_empty():
    assert "a  b" in told("a {{param.none}} b")


def test_what_the_prompt_does_not_ask_for_stands_under_it():
    text = told("Improve {{previousOutput}}")
    assert "## Task\n\nWrite a text." in text
    assert "## Handoffs of the stages before" in text
    assert text.count("The text.") == 1


def test_an_unknown_placeholder_is_refused_by_its_name():
    with pytest.raises(UnknownPlaceholder, match=r"{{param\.size}}"):
        told("{{param.size}}")


def test_a_value_is_never_taken_for_a_placeholder():
    assert told("{{description}}", description="{{param.tone}}").startswith("{{param.tone}}")


def test_a_stage_that_is_run_again_is_told_why():
    said = {"stage": "Check", "feedback": "Be brief.", "issues": ["Too long"], "previousOutput": "Long text.",
            "comment": "Really brief."}  # fmt: skip
    text = told("Write.", said)
    for part in ("Sent back by Check", "Be brief.", "- Too long", "Long text.", "Really brief."):
        assert part in text


def test_feedback_is_for_one_stage():
    seen = state(feedback={"stage-0": {"feedback": "x"}})
    assert feedback_for(seen, "stage-0") == {"feedback": "x"}
    assert feedback_for(seen, "stage-1") is None


def test_the_unknown_ones_are_found_before_a_run():
    assert unknown_in("{{description}} {{param.a}} {{param.b}} {{x}}", ["a"]) == ("param.b", "x")


@given(st.text(), st.text())
def test_filling_in_changes_nothing_but_placeholders(before, value):
    text = before.replace("{", "(")
    assert fill_in(text + "{{x}}" + text, {"x": value}) == text + value + text
    assert names_in(text) == ()
