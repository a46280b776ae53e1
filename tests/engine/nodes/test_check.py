import pytest

from orchestration.dialects.nodes import normalize
from orchestration.dialects.nodes.check import check
from orchestration.dialects.nodes.runnable import CYCLE, INVALID, unrunnable
from orchestration.errors import PipelineInvalid
from orchestration.validation import Severity
from tests.engine.nodes.conftest import edge, transform

IF = {"if": [{"var": "good"}, "yes", "no"]}


def found(nodes, edges=(), severity=Severity.ERROR, **parts):
    definition = normalize({"nodes": nodes, "edges": [*edges], **parts})
    return {item.written_path: item.message for item in check(definition) if item.severity is severity}


def warned(nodes, edges=(), **parts):
    return found(nodes, edges, Severity.WARNING, **parts)


def test_a_good_graph_has_nothing_to_find():
    nodes = [{"id": "check", "type": "condition", "expression": IF}, transform("a", 1), transform("b", 2)]
    edges = [edge("check", "a", "yes"), edge("check", "b", "no")]
    assert found(nodes, edges) == warned(nodes, edges) == {}


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ({"id": "a", "type": "telepathy"}, "nodes[0].type"),
        ({"id": "a", "type": "agent"}, "nodes[0].agent_id"),
        ({"id": "a", "type": "tool", "toolId": ""}, "nodes[0].toolId"),
        ({"id": "a", "type": "transform"}, "nodes[0].expression"),
        ({"id": "a", "type": "condition", "expression": {"vra": 1}}, "nodes[0].expression"),
        ({"id": "a", "type": "memory_write", "memory_id": "mem_1"}, "nodes[0].input_mapping"),
        ({"id": "a", "type": "delay"}, "nodes[0].duration"),
        ({"id": "a", "type": "delay", "duration": "soon"}, "nodes[0].duration"),
        ({"id": "a", "type": "poll", "tool_id": "t", "exit_condition": True}, "nodes[0].interval"),
        ({"id": "a", "type": "loop", "orchestration_id": "o", "parallelism": 0}, "nodes[0].parallelism"),
        ({"id": "a", "type": "loop", "orchestration_id": "o", "collection": "state..x"}, "nodes[0].collection"),
        ({"id": "a", "type": "sub_orchestration"}, "nodes[0].orchestration_id"),
        ({"id": "a", "type": "approval", "tool_id": "t", "expires_in": "1 moon"}, "nodes[0].expires_in"),
        ({"id": "a", "type": "wait_event"}, "nodes[0].event_type"),
        ({"id": "a", "type": "emit_event", "event_type": ""}, "nodes[0].event_type"),
        ({"id": "a", "type": "human", "input_mapping": {"x": "query"}}, "nodes[0].input_mapping.x"),
        ({"id": "a", "type": "human", "inputMapping": {"x": {"vra": 1}}}, "nodes[0].inputMapping.x"),
        ({"id": "a", "type": "human", "output_mapping": {"x": "there"}}, "nodes[0].output_mapping.x"),
        ({"id": "a", "type": "human", "output_mapping": {"x": "state.artifacts.a"}}, "nodes[0].output_mapping.x"),
    ],
)
def test_an_error_names_its_place_in_the_writer_s_own_spelling(node, path):
    assert list(found([node])) == [path]


def test_edges_that_hang_loose_and_ids_that_are_there_twice_are_errors():
    nodes = [transform("a", 1), transform("a", 2)]
    assert list(found(nodes, [edge("a", "b"), {"source": "c", "target": "a"}])) == [
        "nodes[1].id",
        "edges[0].to",
        "edges[1].source",
    ]


def test_a_group_that_waits_for_one_and_for_all_is_an_error():
    nodes = [transform("a", 1), transform("b", 1), transform("c", 1)]
    edges = [
        edge("a", "c", activation_group="g", activation_condition="any"),
        edge("b", "c", activation_group="g", activation_condition="all"),
    ]
    assert list(found(nodes, edges)) == ["edges[1].activation_condition"]


def test_schemas_are_checked_too():
    assert list(found([], state_schema={"type": "strin"}, inputSchema={"pattern": "(?=x)"})) == [
        "state_schema.type",
        "input_schema.pattern",
    ]


def test_a_circle_keeps_a_run_from_starting():
    definition = normalize({"nodes": [transform("a", 1), transform("b", 1)], "edges": [edge("a", "b"), edge("b", "a")]})
    assert unrunnable(definition).code == CYCLE
    assert "a → b → a" in unrunnable(definition).message


def test_anything_else_that_is_wrong_keeps_it_from_starting_too_with_every_place():
    error = unrunnable(normalize({"nodes": [{"id": "a", "type": "x"}, transform("b", {"vra": 1})], "edges": []}))
    assert error.code == INVALID
    assert [item["path"] for item in error.details["errors"]] == ["nodes[0].type", "nodes[1].expression"]


def test_labels_without_an_edge_and_edges_without_a_label_are_warned_of():
    nodes = [{"id": "check", "type": "condition", "expression": IF}, transform("a", 1)]
    assert warned(nodes, [edge("check", "a", "maybe")]) == {
        "edges[0].condition": "'check' never gives 'maybe': it gives no, yes, so this edge is never taken.",
        "nodes[0].expression": "No edge takes 'yes': where the result is that, this branch ends.",
        "nodes[1]": "Nothing ever leads to 'a', so it is always skipped.",
    }


def test_a_label_on_an_edge_of_a_node_that_chooses_none_is_warned_of():
    assert "edges[0].condition" in warned([transform("a", 1), transform("b", 1)], [edge("a", "b", "yes")])


def test_a_rule_whose_result_nobody_can_foretell_takes_any_label():
    nodes = [{"id": "check", "type": "condition", "expression": {"var": "label"}}, transform("a", 1)]
    assert warned(nodes, [edge("check", "a", "anything")]) == {}


def test_reading_the_output_of_a_node_that_is_not_there_is_an_error_and_of_a_later_one_a_warning():
    nodes = [transform("a", {"var": "artifacts.c.result"}), transform("b", {"var": "artifacts.a.result"})]
    assert list(found(nodes, [edge("b", "a")])) == ["nodes[0].expression"]
    assert list(warned(nodes, [edge("b", "a")])) == ["nodes[1].expression"]


def test_reading_what_only_a_later_node_writes_is_warned_of():
    nodes = [transform("a", {"var": "x"}), transform("b", 1, output_mapping={"result": "state.x"})]
    assert list(warned(nodes, [edge("a", "b")])) == ["nodes[0].expression"]
    assert warned(nodes, [edge("b", "a")]) == {}


def test_reading_what_neither_the_input_nor_a_node_gives_is_warned_of():
    human = {"id": "ask", "type": "human", "input_mapping": {"a": "state.typo", "b": "$.query"}}
    schema = {"properties": {"query": {"type": "string"}}}
    assert list(warned([human], input_schema=schema)) == ["nodes[0].input_mapping.a"]


def test_items_inside_a_map_are_not_taken_for_the_state():
    rule = {"map": [{"var": "xs"}, {"var": "artifacts.nowhere"}]}
    assert found([transform("a", rule)]) == {}


def test_settings_that_nobody_reads_are_warned_of():
    assert list(warned([{"id": "a", "type": "human", "promt": "?"}])) == ["nodes[0].promt"]


def test_a_thousand_nodes_are_checked_in_no_time():
    nodes = [transform(f"n{n}", {"var": f"artifacts.n{n - 1}.result"} if n else 1) for n in range(1_000)]
    edges = [edge(f"n{n}", f"n{n + 1}") for n in range(999)]
    assert check(normalize({"nodes": nodes, "edges": edges})) == []


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ({"nodes": [{"type": "human"}]}, ("nodes", 0, "id")),
        ({"nodes": ["human"]}, ("nodes", 0)),
        ({"nodes": [{"id": "a", "type": "human", "timeout": 0}]}, ("nodes", 0, "timeout")),
        ({"nodes": [{"id": "a", "type": "human", "outputMapping": {"x": 1}}]}, ("nodes", 0, "outputMapping", "x")),
        ({"edges": [{"from": "a"}]}, ("edges", 0, "to")),
        ({"edges": [{"from": "a", "to": "b", "activation_condition": "most"}]}, ("edges", 0, "activation_condition")),
        ({"nodes": {}}, ("nodes",)),
        ({"notes": []}, ("notes",)),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place(definition, path):
    with pytest.raises(PipelineInvalid) as refused:
        normalize(definition)
    assert refused.value.problems[0].path == path
