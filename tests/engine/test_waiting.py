import pytest

from orchestration.errors import StepNotWaiting
from orchestration.graph import Edge, Graph, Node
from orchestration.services.runs import step_answer
from orchestration.states import RunStatus
from tests.engine.conftest import chain, events, finish, note, statuses
from tests.engine.steps import ledger


def test_a_run_pauses_when_only_a_question_is_left(start):
    run = finish(start(chain(Node(id="ask", kind="wait"), note("b"))))
    assert run.status == RunStatus.PAUSED
    assert events(run)[-1] == "run.paused"


def test_an_answer_lets_the_run_go_on(start, admin):
    run = finish(start(chain(Node(id="ask", kind="wait"), note("b"))))
    step_answer(actor=admin, run=run, node_id="ask", output={"ok": True})
    run = finish(run)
    assert run.status == RunStatus.COMPLETED
    assert ledger(run.pk) == ["did b 1"]


def test_work_beside_a_question_goes_on(start):
    graph = Graph(nodes=[Node(id="ask", kind="wait"), note("a"), note("b")], edges=[Edge(source="a", target="b")])
    run = finish(start(graph))
    assert run.status == RunStatus.PAUSED
    assert statuses(run) == {"ask": "waiting", "a": "completed", "b": "completed"}


def test_the_second_answer_to_a_question_is_told_that_it_is_late(start, admin):
    run = finish(start(chain(Node(id="ask", kind="wait"))))
    step_answer(actor=admin, run=run, node_id="ask", output={})
    with pytest.raises(StepNotWaiting):
        step_answer(actor=admin, run=run, node_id="ask", output={})
