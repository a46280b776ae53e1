from orchestration.graph import Edge, Graph, GroupCondition, Node
from orchestration.models import RunEvent, StepRun
from orchestration.states import RunStatus
from tests.engine.conftest import chain, events, finish, note, statuses
from tests.engine.steps import ledger


def test_a_chain_runs_to_its_end_and_tells_every_step(start):
    run = finish(start(chain(note("a"), note("b"), note("c"))))
    assert run.status == RunStatus.COMPLETED
    assert ledger(run.pk) == ["did a 1", "did b 1", "did c 1"]
    assert events(run) == [
        "run.started",
        *["step.started", "step.completed"] * 3,
        "run.completed",
    ]


def test_events_are_numbered_without_a_gap(start):
    run = finish(start(chain(note("a"), note("b"))))
    numbers = list(RunEvent.objects.filter(run_id=run.pk).order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, run.seq + 1))


def test_pure_steps_are_done_when_the_start_returns(start):
    run = start(
        chain(
            Node(id="in", kind="trigger"),
            Node(id="sum", kind="transform", config={"expression": {"+": [{"var": "a"}, {"var": "b"}]}}),
        ),
        a=2,
        b=3,
    )
    run.refresh_from_db()
    assert run.status == RunStatus.COMPLETED
    assert StepRun.objects.get(run=run, node_id="sum").output == 5


def test_a_branch_not_taken_is_skipped_and_the_join_still_runs(start):
    graph = Graph(
        nodes=[
            Node(id="check", kind="condition", config={"expression": {"if": [{"var": "good"}, "yes", "no"]}}),
            note("left"),
            note("right"),
            note("after_right"),
            Node(id="join", kind="join"),
            note("end"),
        ],
        edges=[
            Edge(source="check", target="left", label="yes"),
            Edge(source="check", target="right", label="no"),
            Edge(source="right", target="after_right"),
            Edge(source="left", target="join", group="j", condition=GroupCondition.SETTLED),
            Edge(source="after_right", target="join", group="j", condition=GroupCondition.SETTLED),
            Edge(source="join", target="end"),
        ],
    )
    run = finish(start(graph, good=True))
    assert run.status == RunStatus.COMPLETED
    assert statuses(run)["right"] == statuses(run)["after_right"] == "skipped"
    assert ledger(run.pk) == ["did left 1", "did end 1"]


def test_a_failed_step_fails_the_run_with_its_message(start):
    graph = chain(Node(id="bad", kind="transform", config={"expression": {"-": ["x", 1]}}), note("b"))
    run = start(graph)
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert run.error["node_id"] == "bad"
    assert statuses(run) == {"bad": "failed"}


def test_a_step_that_may_fail_lets_the_run_go_on(start):
    bad = Node(id="bad", kind="transform", config={"expression": {"-": ["x", 1]}}, continue_on_fail=True)
    run = finish(start(chain(bad, note("b"))))
    assert run.status == RunStatus.COMPLETED
    assert ledger(run.pk) == ["did b 1"]


def test_a_failed_step_is_tried_again_as_its_policy_says(start):
    flaky = Node(id="f", kind="flaky", config={"good_attempt": 3}, retry={"max_attempts": 3, "initial_delay_ms": 0})
    run = finish(start(chain(flaky)))
    assert run.status == RunStatus.COMPLETED
    assert [(s.attempt, s.status) for s in StepRun.objects.filter(run=run).order_by("attempt")] == [
        (1, "failed"),
        (2, "failed"),
        (3, "completed"),
    ]
    assert events(run).count("step.retrying") == 2


def test_a_step_is_given_up_after_its_last_attempt(start):
    flaky = Node(id="f", kind="flaky", config={"good_attempt": 9}, retry={"max_attempts": 2, "initial_delay_ms": 0})
    run = finish(start(chain(flaky)))
    assert run.status == RunStatus.FAILED
    assert run.error["code"] == "flaky"


def test_outputs_reach_the_state_by_their_mapping(start):
    graph = chain(
        note("a", config={"output": {"answer": 42}}, output_mapping={"answer": "state.deep.answer"}),
        Node(id="b", kind="transform", config={"expression": {"var": "deep.answer"}}),
    )
    run = finish(start(graph))
    assert StepRun.objects.get(run=run, node_id="b").output == 42
