"""Outputs that JSON allows somebody to write and the database does not keep."""

import pytest

from tests.support.step_pipelines import attempts, state_of, step

pytestmark = pytest.mark.django_db(transaction=True)

ANY = {"type": ["object", "array", "number"]}


@pytest.mark.parametrize("said", [r'{"a": "\u0000"}', r'{"a": "\ud800"}', r'{"\u0000": 1}', "[NaN]", "[1e999]"])
def test_an_output_that_can_t_be_stored_fails_the_step_once_and_says_why(run_steps, said):
    run = run_steps(step("a", script="printf %s {{said}}", outputSchema=ANY), said=said)
    assert (run.status, run.error["code"]) == ("failed", "output_unstorable")
    assert attempts(run, "a") == ["failed"]


def test_the_same_as_a_text_is_kept(run_steps):
    run = run_steps(step("a", script="printf %s {{said}}", outputKey="told"), said=r'{"a": "\u0000"}')
    assert state_of(run)["told"] == r'{"a": "\u0000"}'
