import pytest

from console.access import Role
from console.errors import NotAllowed
from console.session import actor_of
from orchestration.dialects.nodes.errors import HumanInputInvalid, HumanNodeMismatch, RunInputRefused, RunNotPaused
from orchestration.errors import AnswerRefused
from orchestration.models import StepRun
from orchestration.services.events import event_receive
from orchestration.services.orchestration_runs import human_input_submit, orchestration_run_start
from orchestration.services.orchestrations import orchestration_validate
from orchestration.states import RunStatus
from tests.engine.conftest import statuses
from tests.engine.nodes.conftest import edge, facts, settled, transform
from tests.factories import MembershipFactory

ASK = {"id": "approval", "type": "human", "prompt": "Please approve or reject."}


@pytest.fixture
def answer(admin):
    def answer(run, node_id, output):
        run.refresh_from_db()
        human_input_submit(actor=admin, run=run, node_id=node_id, output=output)
        return settled(run)

    return answer


def test_a_human_node_pauses_the_run_and_says_what_it_asks(run_of):
    run = run_of([{**ASK, "options": ["approve", "reject"]}])
    assert run.status == RunStatus.PAUSED
    assert facts(run).active_nodes == ["approval"]
    assert facts(run).required_action == {
        "type": "human_input",
        "node_id": "approval",
        "prompt": "Please approve or reject.",
        "context": {},
        "options": ["approve", "reject"],
    }


def test_an_answer_is_the_node_s_output(run_of, answer):
    run = run_of(
        [{**ASK, "output_mapping": {"approved": "state.ok"}}, transform("b", {"var": "ok"})], [edge("approval", "b")]
    )
    run = answer(run, "approval", {"approved": True})
    assert run.status == RunStatus.COMPLETED
    assert facts(run).artifacts == {"approval": {"approved": True}, "b": {"result": True}}


def test_work_beside_a_question_and_a_second_question_survive_the_pause(run_of, answer):
    nodes = [ASK, {**ASK, "id": "second"}, transform("beside", 1), *(transform(f"after_{n}", n) for n in "abc")]
    edges = [edge("approval", "after_a"), edge("second", "after_b"), edge("beside", "after_c")]
    run = run_of(nodes, edges)
    assert facts(run).active_nodes == ["approval", "second"]
    run = answer(run, "second", {})
    assert (run.status, facts(run).active_nodes) == (RunStatus.PAUSED, ["approval"])
    run = answer(run, "approval", {})
    assert run.status == RunStatus.COMPLETED
    assert set(statuses(run).values()) == {"completed"}


def test_an_answer_that_does_not_fit_the_state_is_refused_and_the_question_stays(run_of, answer):
    schema = {"properties": {"ok": {"type": "boolean"}}}
    run = run_of([{**ASK, "output_mapping": {"approved": "state.ok"}}], state_schema=schema)
    with pytest.raises(AnswerRefused, match=r"state\.ok"):
        answer(run, "approval", {"approved": "yes"})
    assert answer(run, "approval", {"approved": True}).status == RunStatus.COMPLETED


@pytest.mark.parametrize(
    ("node_id", "error"),
    [(None, HumanInputInvalid), (5, HumanInputInvalid), ("b", HumanNodeMismatch), ("nowhere", HumanNodeMismatch)],
)
def test_an_answer_to_something_else_is_refused(run_of, answer, node_id, error):
    run = run_of([ASK, transform("b", 1)])
    with pytest.raises(error):
        answer(run, node_id, {})


def test_a_run_that_does_not_wait_takes_no_answer(run_of, answer):
    with pytest.raises(RunNotPaused):
        answer(run_of([transform("a", 1)]), "a", {})


def test_an_answer_without_an_output_is_an_empty_object(run_of, answer):
    assert facts(answer(run_of([ASK]), "approval", None)).artifacts == {"approval": {}}


@pytest.mark.parametrize("output", ["yes", [1], 0, False])
def test_an_answer_that_is_no_object_is_refused_and_the_question_stays(run_of, answer, output):
    run = run_of([ASK])
    with pytest.raises(HumanInputInvalid, match="as an object"):
        answer(run, "approval", output)
    assert answer(run, "approval", {"ok": True}).status == RunStatus.COMPLETED


def test_a_delay_holds_the_run_and_ends_by_itself(run_of):
    run = run_of([{"id": "wait", "type": "delay", "duration": "PT1H"}])
    assert (run.status, statuses(run), facts(run).required_action) == (RunStatus.RUNNING, {"wait": "waiting"}, None)
    StepRun.objects.filter(run=run).update(due_at=run.created_at)
    assert facts(settled(run)).artifacts == {"wait": {"waited": 3_600_000}}


@pytest.mark.parametrize("duration", ["0s", "PT0S"])
def test_a_delay_of_nothing_is_over_at_once(run_of, duration):
    assert run_of([{"id": "wait", "type": "delay", "duration": duration}]).status == RunStatus.COMPLETED


def test_a_delay_may_come_from_the_state(run_of):
    node = {"id": "wait", "type": "delay", "input_mapping": {"duration": "state.pause"}}
    assert run_of([node], given={"pause": "soon"}).error["message"].startswith("'soon' is no duration")


def test_an_event_of_the_right_key_wakes_its_node(run_of, admin, project):
    node = {"id": "paid", "type": "wait_event", "event_type": "invoice.paid", "input_mapping": {"key": "$.invoice"}}
    run = run_of([node], given={"invoice": 7})
    assert (run.status, facts(run).required_action["type"]) == (RunStatus.PAUSED, "event")
    event_receive(actor=admin, project=project, name="invoice.paid", key="8", payload={})
    assert settled(run).status == RunStatus.PAUSED
    event_receive(actor=admin, project=project, name="invoice.paid", key="7", payload={"amount": 5})
    assert facts(settled(run)).artifacts == {"paid": {"amount": 5}}


def test_an_event_that_does_not_come_in_time_fails_its_node(run_of):
    run = run_of([{"id": "paid", "type": "wait_event", "event_type": "invoice.paid", "timeout_after": "5m"}])
    StepRun.objects.filter(run=run).update(due_at=run.created_at)
    assert "did not come in time" in settled(run).error["message"]


def test_one_run_tells_another(run_of, create, begin):
    waiting = run_of([{"id": "w", "type": "wait_event", "event_type": "ready", "key": "x"}])
    node = {"id": "e", "type": "emit_event", "event_type": "ready", "key": "x", "input_mapping": {"n": "$.n"}}
    telling = begin(create([node]), n=5)
    assert facts(telling).artifacts["e"] == {"emitted": True, "eventType": "ready", "delivered": 1}
    assert facts(settled(waiting)).artifacts == {"w": {"n": 5}}


def test_an_input_that_does_not_fit_is_refused_with_every_place(create, admin):
    schema = {"type": "object", "required": ["query"], "properties": {"top": {"type": "integer"}}}
    pipeline = create([transform("a", 1)], input_schema=schema, state_schema={"properties": {"s": {"type": "string"}}})
    with pytest.raises(RunInputRefused) as refused:
        orchestration_run_start(actor=admin, pipeline=pipeline, run_input={"top": "x", "s": 1})
    assert {problem.dotted_path for problem in refused.value.problems} == {"input.query", "input.top", "input.s"}


def test_only_those_who_are_named_may_answer(run_of, answer, admin, project):
    ada = MembershipFactory(organization=project.organization, role=Role.MEMBER, user__email="ada@example.com").user
    run = run_of([{**ASK, "approvers": ["Ada@example.com"]}])
    assert facts(run).required_action["approvers"] == ["Ada@example.com"]
    with pytest.raises(NotAllowed, match=r"ada@example\.com"):
        answer(run, "approval", {})
    human_input_submit(actor=actor_of(ada, project.organization_id), run=run, node_id="approval", output={})
    assert settled(run).status == RunStatus.COMPLETED


def test_somebody_named_who_is_nobody_here_is_told_when_the_graph_is_checked(admin, project):
    definition = {"nodes": [{**ASK, "approvers": ["nobody@example.com"]}], "edges": []}
    found = orchestration_validate(actor=admin, project=project, definition=definition)
    assert [item.written_path for item in found.errors] == ["nodes[0].approvers[0]"]
