import pytest

from evaluation.seeding.tasks import freeze_task
from evaluation.seeding.wiring import wire

WIRED = wire({"user": "prompt", "state": True}, fields=["invoice"])


def problems(task) -> list[tuple]:
    return [tuple(problem) for problem in freeze_task(7, task, WIRED).problems]


@pytest.mark.parametrize("user", ["user", "user_instruction", "prompt"])
@pytest.mark.parametrize("state", [{"order": {}}, '{"order": {}}'])
def test_an_axis_goes_by_any_of_its_names_and_json_by_either_form(user, state):
    frozen = freeze_task(1, {user: "Do it", "state": state, "invoice": "INV-1", "spare": 1}, WIRED)
    assert frozen.seed == {
        "user_instruction": "Do it",
        "initial_state": {"order": {}},
        "columns": {"invoice": "INV-1"},
    }


@pytest.mark.parametrize(
    ("task", "column", "message"),
    [
        ("Do it", None, 'A task is an object, such as {"user": "…"}.'),
        ({"invoice": ""}, "user", "It is blank. Write what the agent is asked to do."),
        ({"user": 5, "invoice": ""}, "user", "Write a text."),
        ({"user": "a", "stat": {}, "invoice": ""}, "stat", "There is no 'stat' here. Did you mean state?"),
        ({"user": "a"}, "invoice", "The pipeline shows this column, and the task does not have it."),
        (
            {"user": "a", "behavior": "b", "invoice": ""},
            "behavior",
            "The agent field does not wire this axis. Wire it there, or leave it out.",
        ),
        ({"user": "a\0", "invoice": ""}, None, "The text holds the character NUL, which can't be stored."),
        ({"user": "a", "state": [], "invoice": ""}, "state",
         'Write a JSON object, such as {"order": {"4521": {"status": "open"}}}.'),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_task(task, column, message):
    assert problems(task) == [(7, column, message)]


def test_a_task_nested_too_deeply_is_refused():
    state: dict = {}
    for _ in range(5_000):
        state = {"a": state}
    assert problems({"user": "a", "state": state, "invoice": ""}) == [(7, None, "Nested more than 64 levels deep.")]
