import pytest

from agents.models import AgentRunStatus, VerdictWord
from console.display import icons, status
from orchestration.states import RunStatus, StepStatus
from sandboxes.trajectories.steps import StepKind


def test_a_bad_answer_and_a_broken_run_differ_in_word_and_icon():
    failed, broken = status.of_outcome("completed", "FAIL"), status.of_outcome("failed", "")
    assert (failed.word, broken.word) == ("Fail", "Run failed")
    assert failed.icon != broken.icon
    assert failed.tone == broken.tone


def test_to_have_finished_is_not_to_have_passed():
    assert status.of_run("completed").tone == "completed"
    assert status.of_outcome("completed", "").word == "Completed"


def test_a_run_without_a_verdict_has_none():
    assert status.of_verdict("") is None


@pytest.mark.parametrize("name", [*AgentRunStatus, *VerdictWord, *RunStatus, *StepStatus])
def test_every_status_of_the_rooms_has_a_look(name):
    assert status.look(name).word


def test_every_look_has_its_icon_in_the_sprite():
    assert {look.icon for look in status.LOOKS.values()} <= icons.names()


@pytest.mark.parametrize("kind", StepKind)
def test_every_kind_of_step_has_its_icon(kind):
    assert icons.STEP_ICONS[kind] in icons.names()


def test_an_unknown_status_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match="queued, running"):
        status.look("unheard")
