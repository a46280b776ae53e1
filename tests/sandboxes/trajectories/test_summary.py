from sandboxes.trajectories.steps import LogDetail, ShellDetail, Step
from sandboxes.trajectories.summary import summarize
from sandboxes.trajectories.titles import title_of
from tests.sandboxes.trajectories.test_steps import STEPS


def made(details):
    return [Step(index, title_of(detail), detail, index * 100) for index, detail in enumerate(details)]


def test_each_step_is_a_line_with_what_it_said():
    text = summarize(STEPS)

    assert "1. +0.0s shell: ls -l [exit 0]\n   | out\n   | err\n" in text
    assert "2. +0.0s file: Wrote /home/user/a [3 bytes in the end]\n   | abc" in text
    assert "5. +0.0s exception: ValueError: bad\n   | Traceback …" in text


def test_what_was_said_is_shortened_before_any_step_is_left_out():
    steps = made([LogDetail("stdout", f"{number} " + "x" * 5000) for number in range(50)])

    text = summarize(steps, limit=20_000)

    assert len(text) <= 20_000
    assert all(f"\n{number}. " in f"\n{text}" for number in range(1, 51))


def test_of_too_many_steps_the_first_and_the_last_are_kept():
    steps = made([ShellDetail(["step", str(number)]) for number in range(1000)])

    text = summarize(steps, limit=2000)

    assert 1000 < len(text) <= 2000
    assert text.startswith("1. +0.0s shell: step 0\n2. ")
    assert text.endswith("shell: step 999")
    assert " steps left out]" in text


def test_no_steps_are_no_text():
    assert summarize([]) == ""


def test_a_limit_is_kept_whatever_the_steps():
    for count in (1, 2, 3, 10):
        assert len(summarize(made([LogDetail("stdout", "y" * 400)] * count), limit=300)) <= 300
