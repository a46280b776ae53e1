"""Scripts in real sandboxes: what they print, how they fail, and that no value becomes code in them."""

import json
import time

import pytest

from console.errors import DomainError
from orchestration.models import Dialect, Pipeline, RunEvent
from orchestration.services.pipelines import checked_graph
from tests.support.step_pipelines import attempts, in_order, state_of, step

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_script_prints_stands_under_its_output_key(run_steps):
    run = run_steps(step("a", script="echo one; echo two", outputKey="told"), step("b", script="echo got: {{told}}"))
    assert (run.status, run.error) == ("completed", None)
    assert state_of(run)["told"] == "one\ntwo"
    assert state_of(run)["artifacts"]["b"] == "got: one\ntwo"


def test_it_runs_in_its_folder_with_its_environment(run_steps):
    run = run_steps(
        step("a", script='pwd; printf %s "$WHO"', workingDir="w/{{where}}", env={"WHO": "{{who}}"}, outputKey="told"),
        where="here", who="$(id)",
    )  # fmt: skip
    assert state_of(run)["told"] == "/home/user/w/here\n$(id)"


@pytest.mark.parametrize("value", ["'; id; '", '"; id; "', "$(id)", "`id`", "\nid\n", "a b  *", "-n", ""])
def test_no_value_becomes_code(run_steps, value):
    run = run_steps(step("a", script="printf '<%s>' {{x}} '{{x}}' \"{{x}}\"", outputKey="told"), x=value)
    assert state_of(run)["told"] == f"<{value}>" * 3


def test_a_script_that_fails_fails_the_run_with_its_own_words(run_steps):
    run = run_steps(step("a", script="echo working; echo no such order >&2; exit 3"))
    assert (run.status, run.error["code"], run.error["node_id"]) == ("failed", "script_failed", "a")
    assert run.error["message"] == "The script ended with exit code 3. no such order"
    assert run.error["details"] == {"exit_code": 3, "stderr": "no such order"}


def test_it_is_tried_as_often_as_its_policy_says(run_steps, monkeypatch):
    policy = {"maxAttempts": 3, "backoff": "linear", "initialDelayMs": 0}
    run = run_steps(step("a", script="exit 1", retry=policy))
    assert (run.status, attempts(run, "a")) == ("failed", ["failed"] * 3)


def test_a_failure_that_is_carried_past_keeps_its_error_and_what_follows_runs(run_steps):
    run = run_steps(
        step("a", script="exit 1", continueOnFail=True, outputKey="told"),
        step("b", script="echo after {{_stepErrors.a.code}}", outputKey="after"),
    )
    state = state_of(run)
    assert (run.status, state["after"]) == ("completed", "after script_failed")
    assert state["_stepErrors"]["a"]["message"] == "The script ended with exit code 1."
    assert "told" not in state


def test_an_unknown_placeholder_fails_the_step_by_its_name_and_is_not_tried_again(run_steps):
    run = run_steps(step("a", script="echo {{nothing.there}}", retry={"maxAttempts": 3}))
    assert (run.error["code"], run.error["details"]) == ("placeholder_unknown", {"placeholder": "nothing.there"})
    assert "{{nothing.there}}" in run.error["message"]
    assert attempts(run, "a") == ["failed"]


def test_a_missing_input_key_fails_the_step_by_its_name(run_steps):
    assert run_steps(step("a", script="echo", inputKey="order.id")).error["details"] == {"placeholder": "order.id"}


def test_a_script_that_takes_too_long_is_ended(run_steps):
    began = time.monotonic()
    run = run_steps(step("a", script="sleep 60", timeout=1))
    assert (run.error["code"], time.monotonic() - began < 20) == ("step_timeout", True)


def test_output_is_read_by_its_schema(run_steps):
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    run = run_steps(step("a", script='echo "{\\"n\\": 7}"', outputSchema=schema, outputKey="told"))
    assert state_of(run)["told"] == {"n": 7}


def test_output_that_does_not_fit_its_schema_is_a_failure_that_is_tried_again(run_steps):
    schema = '{"type": "object", "properties": {"n": {"type": "integer"}}}'
    policy = {"maxAttempts": 2, "initialDelayMs": 0}
    run = run_steps(step("a", script="echo '{\"n\": true}'", outputSchema=schema, retry=policy))
    assert (run.error["code"], attempts(run, "a")) == ("output_mismatch", ["failed"] * 2)
    assert "n: " in run.error["message"]


@pytest.mark.parametrize("rest", ["", "; sleep 0.6; echo later"])
def test_what_it_prints_is_told_in_the_runs_events(run_steps, rest):
    run = run_steps(step("a", script=f"echo out; echo err >&2; printf '\\xc3'{rest}"))
    told = {(piece["stream"], line) for piece in map(_data, logs_of(run)) for line in piece["lines"]}
    assert {("stdout", "out"), ("stderr", "err")} <= told
    assert ("stdout", "\ufffd") in told or ("stdout", "\ufffdlater") in told


def test_it_is_told_while_it_still_runs(run_steps):
    run = run_steps(step("a", script="echo first; sleep 1.2; echo last"))
    assert [piece["lines"] for piece in map(_data, logs_of(run))] == [["first"], ["last"]]


def test_a_folder_outside_of_the_sandboxs_own_is_refused(run_steps):
    run = run_steps(step("a", script="pwd", workingDir="/usr/new"))
    assert run.error["code"] == "working_dir_unusable"


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"script": " "}, "script"),
        ({"script": "eval {{x}}"}, "script"),
        ({"script": "echo {{a b}}"}, "script"),
        ({"script": "ls", "env": {"BASH_ENV": "x"}}, "env.BASH_ENV"),
        ({"script": "ls", "env": {"LD_PRELOAD": "x"}}, "env.LD_PRELOAD"),
        ({"script": "ls", "env": {"A-B": "x"}}, "env.A-B"),
        ({"script": "ls", "env": {"A": "{{a b}}"}}, "env.A"),
        ({"script": "ls", "workingDir": "../x"}, "workingDir"),
    ],
)
def test_what_can_t_be_run_is_not_published(project, config, path):
    definition = in_order(step("a", **config))
    with pytest.raises(DomainError) as raised:
        checked_graph(Pipeline(organization_id=project.organization_id, dialect=Dialect.STEPS, draft=definition))
    assert [problem.dotted_path for problem in raised.value.problems] == [f"steps.1.config.{path}"]


def logs_of(run) -> list[RunEvent]:
    return list(RunEvent.objects.filter(run_id=run.pk, kind="step.log").order_by("seq"))


def _data(event: RunEvent) -> dict:
    return json.loads(event.data)
