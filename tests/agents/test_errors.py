import pytest

from agents.errors import FAILURES, AgentRunFailed, FailureCode


@pytest.mark.parametrize("code", FailureCode)
def test_every_way_to_break_has_a_cause_a_sentence_and_a_fix(code):
    failure = FAILURES[code]
    assert failure.code is code
    assert failure.message.endswith(".")
    assert failure.fix.endswith(".")


def test_a_failed_run_says_all_of_it():
    failure = AgentRunFailed(FailureCode.AGENT_MODEL_UNRESOLVED, "The field names 'gone'.")
    assert failure.as_json() == {
        "code": "agent_model_unresolved",
        "message": "No judge model is resolvable for the run.",
        "cause": "platform",
        "fix": "Pick one on the field's Models popover or set the org default.",
        "detail": "The field names 'gone'.",
    }
