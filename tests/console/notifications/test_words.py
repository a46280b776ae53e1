import pytest

from console.notifications.words import LONGEST_BODY, LONGEST_TITLE, asks_people, words_for

GATE = {"type": "approval", "stage": "Write", "next": "Polish", "default_decision": None}


def test_a_gate_names_its_stage_and_what_is_next():
    words = words_for(GATE, run="A greeting", pipeline="Letters")
    assert words.title == "“Write” is done and waits for approval"
    assert words.body == "Letters: A greeting\n“Polish” is next."


def test_a_gate_with_a_timeout_says_what_happens_then():
    body = words_for({**GATE, "next": "", "default_decision": "stop"}, run="A", pipeline="B").body
    assert body.endswith("It is the last stage. Without an answer in time: stop.")


def test_a_check_that_was_not_passed_lists_its_issues():
    waiting = {"type": "qa_escalation", "stage": "Check", "target_stage": "Write", "retries": 3, "issues": ["Long"]}
    words = words_for(waiting, run="A", pipeline="B")
    assert words.title == "“Write” did not pass “Check”"
    assert "- Long" in words.body


def test_a_question_is_its_own_title():
    assert (
        words_for({"type": "human_input", "prompt": "Which\ncolour?"}, run="A", pipeline="A").title == "Which colour?"
    )


def test_a_tool_call_is_told_from_a_gate():
    assert "tool call" in words_for({"type": "approval", "prompt": "Send it?"}, run="A", pipeline="B").title


def test_long_texts_are_cut():
    waiting = {"type": "human_input", "prompt": "x" * 9_000}
    words = words_for(waiting, run="y" * 9_000, pipeline="B")
    assert (len(words.title), len(words.body)) == (LONGEST_TITLE, LONGEST_BODY)


@pytest.mark.parametrize("kind", ["event", "delay", "poll", "children"])
def test_what_ends_by_itself_asks_nobody(kind):
    assert not asks_people({"type": kind})
