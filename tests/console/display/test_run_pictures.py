"""What a run's page draws: its graph, its timeline, and what it asks, all from rows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.display.asks import asks_of, input_fields
from console.display.findings import by_node
from console.display.graph_picture import EdgeState, NodeLook, picture
from console.display.node_runs import edge_states, looks_of, node_runs
from console.display.timeline import ticks, timeline
from console.errors import Problem
from orchestration.dialects.stages import normalize, parse
from orchestration.graph import Edge, Graph, Node
from orchestration.models import StepRun
from orchestration.steps.configured import STATE_SCHEMAS

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
CHAIN = Graph(
    nodes=(Node(id="a", kind="trigger"), Node(id="b", kind="bash_script", name="Build"), Node(id="c", kind="gate")),
    edges=(Edge(source="a", target="b"), Edge(source="b", target="c")),
)
STAGES = parse(
    normalize({
        "stages": [
            {"name": "Write", "topic": "x"},
            {"name": "Check", "topic": "x", "stageType": "qa_validation", "approvalGate": True},
            {"name": "Deploy", "topic": "x"},
            {"name": "Smoke test", "topic": "x"},
        ]
    })
)  # fmt: skip


def step(node_id, status="completed", *, start=0.0, seconds=None, **values):
    """Return an attempt that began `start` seconds into the run; without `seconds` it still lasts."""
    begun = START + timedelta(seconds=start)
    ended = None if seconds is None else begun + timedelta(seconds=seconds)
    return StepRun(node_id=node_id, status=status, started_at=begun, finished_at=ended, **values)


def laid_out(graph, steps, *, seconds=100):
    return timeline(node_runs(graph, steps), START, START + timedelta(seconds=seconds))


# The graph ------------------------------------------------------------------------------------------------------------


def test_a_picture_holds_the_nodes_in_order_with_their_kinds_and_looks():
    looks = looks_of(node_runs(CHAIN, [step("a", seconds=1)]), START, selected="b", url="?step=")
    nodes = picture(CHAIN, looks).data["nodes"]
    assert [(node["name"], node["kind"], node["status"]) for node in nodes] == [
        ("a", "Trigger", "Done"), ("Build", "Script", "Queued"), ("c", "Gate", "Queued"),
    ]  # fmt: skip
    assert [node["isSelected"] for node in nodes] == [False, True, False]


def test_the_id_of_a_step_is_quoted_where_it_stands_in_a_url():
    graph = Graph(nodes=(Node(id="a&b ?", kind="join"),))
    looks = looks_of(node_runs(graph, []), START, selected="", url="?step=")
    assert looks["a&b ?"].url == "?step=a%26b%20%3F"


def test_edges_that_lead_nowhere_are_not_drawn():
    graph = Graph(nodes=(Node(id="a", kind="join"),), edges=(Edge(source="a", target="gone"),))
    assert picture(graph).data["edges"] == []
    assert [row.node.id for row in node_runs(graph, [])] == ["a"]


def test_edges_are_taken_dead_or_next_by_what_became_of_their_ends():
    graph = Graph(
        nodes=tuple(Node(id=name, kind="condition") for name in "abcd"),
        edges=(
            Edge(source="a", target="b", label="yes"), Edge(source="a", target="c", label="no"),
            Edge(source="b", target="d"), Edge(source="c", target="d"),
        ),
    )  # fmt: skip
    rows = node_runs(graph, [step("a", route="yes"), step("b", "waiting"), step("c", "skipped")])
    assert list(edge_states(graph, rows).values()) == [
        EdgeState.TAKEN, EdgeState.DEAD, EdgeState.NEXT, EdgeState.DEAD,
    ]  # fmt: skip


def test_a_check_is_drawn_with_its_way_back():
    assert picture(STAGES).data["loops"] == [{"source": "stage-1", "target": "stage-0", "label": "max 3×"}]


def test_a_problem_stands_at_the_node_whose_place_is_nearest():
    paths = {"a": ("nodes", 0), "b": ("nodes", 1), "gate": ("nodes", 1, "gate")}
    problems = [Problem("x", "nodes", 1, "id"), Problem("y", "nodes", 1, "gate", "role"), Problem("z", "edges", 0)]
    assert by_node(paths, problems) == {"b": ("x",), "gate": ("y",)}


def test_problems_make_a_node_say_so():
    assert picture(CHAIN, {"a": NodeLook(problems=("Broken.",))}).data["nodes"][0]["problems"] == ["Broken."]


# The timeline ---------------------------------------------------------------------------------------------------------


def test_attempts_stand_one_behind_the_other_with_the_time_between_them():
    first = step("b", "failed", start=10, seconds=10)
    row = laid_out(CHAIN, [first, step("b", start=30, seconds=20, attempt=2)]).rows[1]
    assert [(bar.x, bar.width, bar.tone) for bar in row.bars] == [(10, 10, "failed"), (30, 20, "passed")]
    assert [(gap.x, gap.width) for gap in row.gaps] == [(20, 10)]
    assert (row.run.note, row.duration_ms) == ("2 attempts", 30_000)


def test_waiting_for_somebody_is_hatched_and_counted_apart_from_work():
    asked = step("c", "waiting", start=40, waiting_for={"type": "approval"})
    line = laid_out(CHAIN, [step("b", seconds=40), asked])
    bar = line.rows[2].bars[0]
    assert (bar.is_hatched, bar.tone, bar.width) == (True, "waiting", 60)
    assert (line.working_ms, line.waiting_ms) == (40_000, 60_000)


def test_a_wait_that_ends_by_itself_is_not_hatched():
    bar = laid_out(CHAIN, [step("c", "waiting", waiting_for={"type": "delay"})]).rows[2].bars[0]
    assert (bar.is_hatched, bar.tone) == (False, "queued")


def test_what_was_taken_over_has_no_bar_and_says_so():
    row = laid_out(CHAIN, [step("a", start=-500, seconds=1, settled_seq=0)]).rows[0]
    assert (row.bars, row.run.note, row.duration_ms) == ([], "taken over", None)


def test_a_step_that_was_sent_back_counts_its_times_through():
    again = laid_out(CHAIN, [step("b", seconds=1), step("b", start=5, seconds=1, generation=1)]).rows[1].run
    assert (again.generations, again.attempts, again.note) == (2, 1, "2 times")


@given(st.lists(st.tuples(st.floats(-50, 300), st.floats(0, 300)), max_size=4), st.integers(0, 10**6))
def test_no_bar_leaves_the_axis_and_none_is_too_small_to_see(spans, seconds):
    steps = [step("b", start=start, seconds=spent, attempt=place) for place, (start, spent) in enumerate(spans)]
    for bar in laid_out(CHAIN, steps, seconds=seconds).rows[1].bars:
        assert 0 <= bar.x <= 99.5
        assert 0.5 <= bar.width <= 100 - bar.x + 0.02


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (5, ["0", "1 s", "2 s", "3 s", "4 s", "5 s"]),
        (4_000, ["0", "15 m", "30 m", "45 m", "1 h"]),
        (30_000, ["0", "2 h", "4 h", "6 h", "8 h"]),
        (0.35, ["0", "100 ms", "200 ms", "300 ms"]),
    ],
)
def test_ticks_are_written_without_what_is_zero(seconds, labels):
    assert [tick.label for tick in ticks(seconds * 1000)] == labels


@given(st.floats(1, 10**11))
def test_ticks_are_few_and_in_order(total):
    places = [tick.x for tick in ticks(total)]
    assert 1 <= len(places) <= 6
    assert places == sorted(places)
    assert 0 <= places[0] <= places[-1] <= 100


# What it asks ---------------------------------------------------------------------------------------------------------


def ask_at(graph, node_id, waiting_for):
    (ask,) = asks_of(graph, node_runs(graph, [step(node_id, "waiting", waiting_for=waiting_for)]))
    return ask


def test_a_gate_names_what_comes_next_and_exactly_what_skipping_leaves_out():
    ask = ask_at(
        STAGES, "gate-1",
        {"type": "approval", "next": "Deploy", "options": ["approve", "skip", "stop"], "role": "org_admin"},
    )  # fmt: skip
    assert [answer.value for answer in ask.answers] == ["approve", "skip", "stop"]
    assert ask.hint == "Skip leaves out Deploy only; Smoke test still runs with the last real output."
    assert (ask.who, ask.lead) == ("Org Admin or higher", "After this gate, Deploy runs.")


def test_the_last_gate_offers_nothing_to_skip():
    ask = ask_at(STAGES, "gate-1", {"type": "approval", "next": "", "options": ["approve", "stop"]})
    assert ([answer.value for answer in ask.answers], ask.hint) == (["approve", "stop"], "")


def test_a_check_that_never_passed_offers_once_more_acceptance_and_the_end():
    waiting = {"type": "qa_escalation", "target_stage": "Write", "retries": 3, "issues": ["Too long"]}
    ask = ask_at(STAGES, "stage-1", waiting)
    assert [answer.label for answer in ask.answers] == ["Run Write again", "Accept anyway", "Stop run"]
    assert ("3 times" in ask.lead, ask.issues) == (True, ["Too long"])


def test_a_guarded_call_is_approved_or_rejected_and_shows_its_arguments():
    graph = Graph(nodes=(Node(id="a", kind="approval"),))
    ask = ask_at(graph, "a", {"type": "approval", "prompt": "Refund?", "context": {"sum": 5}})
    assert ([answer.value for answer in ask.answers], ask.context) == (["approved", "rejected"], {"sum": 5})


def test_what_waits_for_an_event_asks_nothing_of_anybody_here():
    graph = Graph(nodes=(Node(id="a", kind="wait_event"),))
    ask = ask_at(graph, "a", {"type": "event", "name": "paid", "key": "7"})
    assert (ask.kind, ask.lead, ask.answers) == ("outside", "Waits for the event paid with the key 7.", ())


def test_waits_that_end_by_themselves_ask_nothing():
    assert asks_of(CHAIN, node_runs(CHAIN, [step("b", "waiting", waiting_for={"type": "children"})])) == []


def test_an_answer_has_a_field_for_each_thing_that_the_step_passes_on():
    node = Node(
        id="a", kind="human", output_mapping={"approved": "state.ok", "$.note": "state.note"},
        config={STATE_SCHEMAS: {"approved": {"type": "boolean"}}},
    )  # fmt: skip
    assert [(field.path, field.control) for field in input_fields(node, {})] == [
        (("approved",), "check"), (("note",), "text"),
    ]  # fmt: skip


def test_options_are_a_choice_for_the_one_thing_that_is_asked():
    (field,) = input_fields(Node(id="a", kind="human"), {"options": ["yes", "no"]})
    assert (field.path, field.choices) == (("answer",), ["yes", "no"])
