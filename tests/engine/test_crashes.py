"""A worker that dies at any statement of the engine changes nothing of what comes of a run.

Each graph is carried out once undisturbed, which counts its statements. Then again for each of them, and the process
"dies" right before or right after it: the transaction is gone, so is the memory, and so is every hint. Whoever comes
next finds what stands in the database.
"""

from collections.abc import Callable

import pytest
from django.db import connection

from orchestration import executor, sweeper, views
from orchestration.graph import Advance, Edge, Graph, Node
from orchestration.models import Run, StepRun
from orchestration.services.events import event_receive
from orchestration.services.runs import step_answer
from orchestration.states import RunStatus
from orchestration.views import read_view
from tests.chaos import invariants
from tests.engine.conftest import chain, note
from tests.engine.steps import ledger
from tests.factories import PipelineVersionFactory


class Killed(BaseException):
    """The process is gone. Nothing of ours catches it."""


WRITES = ("INSERT", "UPDATE", "DELETE", "WITH", "COPY", "RELEASE SAVEPOINT")


class Statements:
    """Counts what a connection writes and dies at one of those statements."""

    def __init__(self, dies_at: int | None = None, *, after: bool = False) -> None:
        self.count = 0
        self.dies_at = dies_at
        self.after = after

    def __call__(self, execute: Callable, sql: str, parameters: object, many: bool, context: object) -> object:  # noqa: FBT001  # Django's own
        if not sql.lstrip().upper().startswith(WRITES):
            return execute(sql, parameters, many, context)
        self.count += 1
        is_last = self.count == self.dies_at
        if is_last and not self.after:
            raise Killed
        result = execute(sql, parameters, many, context)
        if is_last:
            raise Killed
        return result


GRAPHS = {
    "a chain": chain(note("a"), Node(id="join", kind="join"), note("b")),
    "branches": Graph(
        nodes=[Node(id="start", kind="trigger"), note("left"), note("right"), Node(id="join", kind="join")],
        edges=[
            Edge(source="start", target="left"), Edge(source="start", target="right"),
            Edge(source="left", target="join", group="g"), Edge(source="right", target="join", group="g"),
        ],
    ),
    "rounds": Graph(
        nodes=[note("a"), note("b"), note("c")],
        edges=[Edge(source="a", target="c", group="g"), Edge(source="b", target="c", group="g")],
        advance=Advance.ROUNDS,
    ),
    "a failure": chain(Node(id="flaky", kind="flaky", config={"good_attempt": 99}, continue_on_fail=True), note("b")),
    "a question": chain(note("a"), Node(id="ask", kind="wait"), note("b")),
    "a wait": chain(Node(id="pause", kind="pause", config={"due_ms": 1}), note("b")),
    "an event": chain(note("a"), Node(id="await", kind="event_test", config={"name": "paid", "key": "1"}), note("b")),
    "sent back": chain(note("draft"), Node(id="review", kind="review_test", config={"rounds": 1}), note("ship")),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_death_at_any_statement_changes_nothing_of_what_comes_of_a_run(name, after, start, admin, project):
    undisturbed = Statements()
    expected = outcome(carried_out(start(GRAPHS[name]), undisturbed, admin, project))
    assert undisturbed.count > 10
    for place in range(1, undisturbed.count + 1):
        run = carried_out(start(GRAPHS[name]), Statements(place, after=after), admin, project)
        assert outcome(run) == expected, f"died {'after' if after else 'before'} statement {place}"
    assert broken() == set()


def test_a_death_at_any_statement_starts_no_child_twice(start, admin, project):
    child = PipelineVersionFactory(pipeline__project=project, graph=chain(note("work")).model_dump(mode="json"))
    config = {"version": str(child.pk), "items": 2, "parallelism": 1}
    graph = chain(Node(id="each", kind="children_test", config=config), note("after"))
    undisturbed = Statements()
    carried_out(start(graph), undisturbed, admin, project)
    for place in range(1, undisturbed.count + 1):
        run = carried_out(start(graph), Statements(place), admin, project)
        assert run.status == RunStatus.COMPLETED
        assert Run.objects.filter(parent_step__run=run).count() == 2
    assert broken() == set()


def carried_out(run: Run, statements: Statements, admin, project) -> Run:
    """Carry a run out to its end, through the death of the process, and return it."""
    for _ in range(60):
        try:
            with connection.execute_wrapper(statements):
                work(run, admin, project)
        except Killed:
            statements.dies_at = None
            bury()
        run.refresh_from_db()
        if run.finished_at is not None:
            return run
    raise AssertionError(f"The run is still {run.status}.")


def work(run: Run, admin, project) -> None:
    """Do a round of what workers, people and the outside world do."""
    executor.drain("control")
    let_leases_run_out()
    StepRun.objects.filter(status="waiting", due_at__isnull=False).update(due_at="2020-01-01T00:00:00Z")
    StepRun.objects.filter(status="scheduled").update(due_at="2020-01-01T00:00:00Z")
    sweeper.sweep()
    if StepRun.objects.filter(run=run, node_id="ask", status="waiting").exists():
        step_answer(actor=admin, run=run, node_id="ask", output={"yes": True})
    if StepRun.objects.filter(run=run, node_id="await", status="waiting").exists():
        event_receive(actor=admin, project=project, name="paid", key="1", idempotency_key=str(run.pk))


def bury() -> None:
    """Let the leases of the dead run out, and forget what only the dead knew."""
    let_leases_run_out()
    views._views.clear()


def let_leases_run_out() -> None:
    """Give up what nobody works at any more. The thread that keeps leases sees nothing of a test's transaction."""
    StepRun.objects.filter(status="running").update(lease_expires_at="2020-01-01T00:00:00Z")


def outcome(run: Run) -> object:
    """Return what came of a run: its state, and what was settled, in whatever number of attempts."""
    settled = StepRun.objects.filter(run=run, settled_seq__isnull=False).order_by("node_id", "generation")
    steps = [(step.node_id, step.generation, step.status, step.route) for step in settled]
    return run.status, read_view(run).final_state(), steps, {line.rpartition(" ")[0] for line in ledger(run.pk)}


def broken() -> set[str]:
    """Return the rules of the journal that are broken. The ledger of these kinds notes no tokens, so it is left out."""
    with connection.cursor() as cursor:
        columns = "run_id uuid, node_id text, generation int, attempt int, token text"
        cursor.execute(f"CREATE TEMPORARY TABLE chaos_ledger ({columns}) ON COMMIT DROP")
        cursor.execute("CREATE TEMPORARY TABLE chaos_acknowledged (what text, run_id uuid, value text) ON COMMIT DROP")
    return set(invariants.broken(connection.connection))
