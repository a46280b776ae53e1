"""How pipelines of steps are read: every setting, with its type and default, and what is wrong with its path."""

import pytest

from orchestration.dialects.steps import normalize, parse, path_of
from orchestration.errors import PipelineInvalid
from orchestration.graph import GroupCondition, Reducer
from orchestration.retry import Backoff

TRIGGER = {"id": "start", "kind": "trigger"}


def definition(*steps: dict, edges: list[dict] | None = None) -> dict:
    """Return a pipeline in which each step follows the trigger, unless edges say otherwise."""
    ways = [{"source": "start", "target": step["id"]} for step in steps] if edges is None else edges
    return {"steps": [TRIGGER, *steps], "edges": ways}


def step(step_id: str, kind: str = "bashScript", **config) -> dict:
    return {"id": step_id, "kind": kind, "config": config}


def node(**config):
    return parse(normalize(definition(step("a", **config)))).by_id["a"]


def problems(given: dict) -> dict[str, str]:
    with pytest.raises(PipelineInvalid) as raised:
        parse(normalize(given))
    return {problem.dotted_path: problem.message for problem in raised.value.problems}


def test_the_defaults_are_those_of_the_tables():
    found = node()
    assert (found.timeout_seconds, found.continue_on_fail, found.reducer) == (None, False, Reducer.OVERRIDE)
    assert (found.retry.max_attempts, found.retry.backoff, found.retry.initial_delay_ms) == (1, "exponential", 1_000)
    assert (found.output_mapping, found.config) == ({}, {})


def test_every_setting_is_taken_over():
    found = node(
        script="ls", workingDir="src", env={"A": "1"}, timeout=30, continueOnFail=True, outputKey="files",
        reducer="append", retry={"maxAttempts": 4, "backoff": "linear", "initialDelayMs": 50}, teamId="t",
        extras={"any": ["thing", {"at": "all"}]},
    )  # fmt: skip
    assert (found.timeout_seconds, found.continue_on_fail, found.reducer) == (30, True, Reducer.APPEND)
    assert (found.retry.max_attempts, found.retry.backoff, found.retry.initial_delay_ms) == (4, Backoff.LINEAR, 50)
    assert found.output_mapping == {"$": "state.files"}
    assert found.config["extras"] == {"any": ["thing", {"at": "all"}]}
    assert (found.config["workingDir"], found.config["env"], found.config["teamId"]) == ("src", {"A": "1"}, "t")


def test_other_spellings_are_understood():
    found = node(
        agentId="agt_1", dispatchMode="plan", timeoutMs=1_500, retryPolicy={"maxAttempts": 2}, inputKeys=["a", "b.c"],
        outputSchema='{"type": "object"}',
    )  # fmt: skip
    assert (found.config["agent"], found.config["mode"]) == ("agt_1", "plan")
    assert (found.timeout_seconds, found.retry.max_attempts) == (2, 2)
    assert (found.config["inputKey"], found.config["outputSchema"]) == (["a", "b.c"], {"type": "object"})


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("promptAgent", "prompt_agent"), ("prompt_agent", "prompt_agent"), ("bashScript", "bash_script"),
        ("dispatchReviewers", "dispatch_reviewers"), ("router", "router"), ("conditional", "router"), ("join", "join"),
        ("subPipeline", "sub_pipeline"), ("waitForEvent", "await_event"), ("terminal", "terminal"),
    ],
)  # fmt: skip
def test_every_kind_has_its_step(written, kind):
    assert parse(normalize(definition(step("a", written)))).by_id["a"].kind == kind


def test_what_was_sent_is_kept_as_it_was():
    sent = definition({**step("a", agentId="x", extras={"k": [None]}), "name": "A", "position": {"x": 1, "y": 2}})
    assert normalize(sent) == sent


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"timeout": 0}, "timeout"),
        ({"timeout": "30"}, "timeout"),
        ({"timeout": 3, "timeoutMs": 5}, ""),
        ({"retry": {"maxAttempts": 0}}, "retry.maxAttempts"),
        ({"retry": {"backoff": "fast"}}, "retry.backoff"),
        ({"retry": {"initialDelayMs": -1}}, "retry.initialDelayMs"),
        ({"retry": {"tries": 1}}, "retry.tries"),
        ({"continueOnFail": "yes"}, "continueOnFail"),
        ({"reducer": "multiply"}, "reducer"),
        ({"outputKey": "a..b"}, "outputKey"),
        ({"outputKey": "input.x"}, "outputKey"),
        ({"outputKey": "artifacts"}, "outputKey"),
        ({"outputSchema": "{"}, "outputSchema"),
        ({"outputSchema": {"type": "no such type"}}, "outputSchema"),
        ({"outputSchema": "[1]"}, "outputSchema"),
        ({"inputKey": "a b"}, "inputKey.0"),
        ({"env": {"A": 1}}, "env.A"),
        ({"extras": []}, "extras"),
        ({"scrpt": "ls"}, "scrpt"),
    ],
)
def test_a_setting_of_the_wrong_shape_is_named_by_its_path(config, path):
    assert list(problems(definition(step("a", **config)))) == [f"steps.1.config.{path}".rstrip(".")]


def test_an_unknown_kind_is_told_with_those_there_are():
    assert "promptAgent" in problems(definition(step("a", "telepathy")))["steps.1.kind"]


def test_all_problems_of_the_wiring_are_found_at_once():
    given = definition(
        step("a"), step("b"), step("a"), {"id": "start2", "kind": "trigger"},
        edges=[{"source": "start", "target": "gone"}, {"source": "b", "target": "start", "routeKey": "k"}],
    )  # fmt: skip
    found = problems(given)
    assert {"edges.0", "edges.1", "steps.1", "steps.2", "steps.1.id", "steps.3.id", "steps"} <= set(found)
    assert "2 triggers" in found["steps"]


def test_a_pipeline_without_a_trigger_is_not_run():
    assert problems({"steps": [step("a")], "edges": []})["steps"] == "There is no trigger. A pipeline has exactly one."


def edges_of(given: dict) -> set[tuple]:
    graph = parse(normalize(given))
    return {(edge.source, edge.target, edge.label, edge.group, edge.condition) for edge in graph.edges}


def test_several_edges_into_a_step_mean_all_of_them():
    given = definition(
        step("a"), step("b"), step("c"),
        edges=[{"source": s, "target": t} for s, t in (("start", "a"), ("start", "b"), ("a", "c"), ("b", "c"))],
    )  # fmt: skip
    into = {edge for edge in edges_of(given) if edge[1] == "c"}
    assert into == {(source, "c", None, "all-0", GroupCondition.ALL) for source in "ab"}


def test_a_join_waits_until_all_are_settled():
    given = definition(
        step("a"),
        {"id": "j", "kind": "join", "waitForStepIds": ["a", "start"]},
        edges=[{"source": "start", "target": "a"}],
    )
    into = {edge for edge in edges_of(given) if edge[1] == "j"}
    assert into == {(source, "j", None, "all", GroupCondition.SETTLED) for source in ("a", "start")}


@pytest.mark.parametrize(
    "ways",
    [
        {"edges": [{"source": "r", "target": "a", "routeKey": "yes"}]},
        {"triggers": [{"sourceStepIds": ["r"], "routeKey": "yes"}]},
        {"routes": {"yes": "a"}},
        {"routes": {"yes": "a"}, "edges": [{"source": "r", "target": "a"}]},
        {"routes": {"yes": "a"}, "edges": [{"source": "r", "target": "a", "routeKey": "yes"}]},
    ],
)
def test_a_route_may_be_written_in_three_places(ways):
    given = definition(
        step("r", "router", condition="x", **({"routes": ways["routes"]} if "routes" in ways else {})),
        {**step("a"), "triggers": ways.get("triggers", [])},
        edges=[{"source": "start", "target": "r"}, *ways.get("edges", [])],
    )
    assert {edge[:3] for edge in edges_of(given) if edge[1] == "a"} == {("r", "a", "yes")}


def test_two_keys_of_a_router_to_one_step_mean_either():
    given = definition(
        step("r", "router", condition="x", routes={"yes": "a", "maybe": "a"}), step("b"), step("a"),
        edges=[{"source": "start", "target": "r"}, {"source": "start", "target": "b"}, {"source": "b", "target": "a"}],
    )  # fmt: skip
    groups = {}
    for source, target, label, group, _ in edges_of(given):
        if target == "a":
            groups.setdefault(group, set()).add((source, label))
    ways = {frozenset(edges) for edges in groups.values()}
    assert ways == {frozenset({("b", None), ("r", key)}) for key in ("yes", "maybe")}
    assert len(groups) == 2


def test_more_combinations_of_routes_than_can_be_kept_apart_are_a_problem():
    routers = [step(f"r{n}", "router", condition="x", routes={f"k{k}": "a" for k in range(4)}) for n in range(4)]
    given = definition(*routers, step("a"), edges=[{"source": "start", "target": f"r{n}"} for n in range(4)])
    assert "Put joins between" in problems(given)["steps.5"]


def test_settings_are_found_again_by_the_step():
    given = definition(step("a"), step("b"))
    assert path_of(given, "b") == ("steps", 2, "config")
