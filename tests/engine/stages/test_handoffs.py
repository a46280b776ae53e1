from hypothesis import given
from hypothesis import strategies as st

from orchestration.handoffs import LONGEST_ITEM, MOST_ITEMS, Entry, as_markdown, chain, read_handoff

WHOLE = {
    "summary": "Wrote it.",
    "decisions": [{"decision": "Use\nSQL", "rationale": "It is there"}],
    "artifacts": [{"path": "src/a`b.py", "description": "the code"}],
    "openQuestions": ["How fast?"],
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_a_handoff_comes_back_as_it_was_told():
    assert read_handoff(WHOLE).as_json() == WHOLE


def test_a_part_that_does_not_fit_costs_nothing_but_itself():
    found = read_handoff({**WHOLE, "decisions": "none", "artifacts": [{"path": ""}, {"path": "b.py"}, 3, "c.py"]})
    assert found.summary == "Wrote it."
    assert found.decisions == ()
    assert [made.path for made in found.artifacts] == ["b.py", "c.py"]


def test_what_is_too_long_is_cut_and_says_so():
    found = read_handoff({"openQuestions": ["x" * 900] * 30})
    assert len(found.open_questions) == MOST_ITEMS
    assert len(found.open_questions[0]) == LONGEST_ITEM
    assert found.open_questions[0].endswith("…")


def test_without_a_summary_the_result_stands_for_it():
    assert read_handoff(None, fallback="All done.").summary == "All done."


def test_as_markdown_each_part_has_its_heading_and_stays_on_its_line():
    text = as_markdown([Entry("Write\nit", read_handoff(WHOLE))])
    assert "## Write it" in text
    assert "- **Use SQL**: It is there" in text
    assert "- `src/a'b.py`: the code" in text
    assert "### Open questions\n\n- How fast?" in text


def test_the_next_stage_is_told_the_open_questions_of_the_newest_alone():
    older, newest = read_handoff(WHOLE), read_handoff({**WHOLE, "openQuestions": ["How big?"]})
    told = chain([Entry("One", older), Entry("Two", newest)])
    assert "How big?" in told
    assert "How fast?" not in told
    assert told.count("Use SQL") == 2


@given(ANYTHING)
def test_whatever_a_model_says_is_read_within_the_limits(data):
    found = read_handoff(data)
    assert read_handoff(found.as_json()) == found
    assert len(found.decisions) <= MOST_ITEMS
    as_markdown([Entry("Stage", found)])
