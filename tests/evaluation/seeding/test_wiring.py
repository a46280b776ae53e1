import pytest

from evaluation.seeding.plan import plan_for
from evaluation.seeding.problems import CsvRefused
from evaluation.seeding.wiring import wire, wiring_problems


def refusal(header: tuple[str, ...], settings=None, fields=()) -> tuple[int | None, str | None, str]:
    with pytest.raises(CsvRefused) as caught:
        plan_for(header, wire(settings or {}, fields))
    return tuple(caught.value.problem)


def test_user_is_wired_without_being_asked_for():
    assert dict(wire({}).columns) == {"user": "user"}


def test_axes_go_by_either_name_and_to_their_own_column_unless_told():
    wiring = wire({"user_instruction": "Prompt", "initial_state": True, "behavior": None, "failure_rules": False})
    assert dict(wiring.columns) == {"user": "Prompt", "state": "state"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stat": "x"}, "There is no axis 'stat'. Did you mean state?"),
        ({"state": "a", "initial_state": "b"}, "The axis 'state' stands here twice."),
        ({"user": "a", "state": "A "}, "The column 'A' feeds 'user' already. Choose another."),
    ],
)
def test_it_says_what_is_wrong_with_the_settings(settings, message):
    assert [problem.message for problem in wiring_problems(settings)] == [message]


def test_it_finds_columns_however_they_are_typed():
    plan = plan_for((" User", "STATE", "note"), wire({"state": True}))
    assert [(axis.name, place) for axis, place in plan.axes] == [("user", 0), ("state", 1)]
    assert plan.ignored == ("note",)


def test_a_file_without_the_user_column_is_refused():
    row, column, message = refusal(("prompt", "note"))
    assert (row, column) == (0, "user")
    assert message == "The column 'user' is missing. The file has: prompt, note."


@pytest.mark.parametrize("typed", ["usr", "users", "usre"])
def test_a_mistyped_user_column_gets_a_hint(typed):
    assert refusal((typed,))[2].endswith("Did you mean user?")


def test_a_wired_axis_may_be_absent_but_not_mistyped():
    assert plan_for(("user",), wire({"state": True})).absent == ("state",)
    assert refusal(("user", "sate"), {"state": True})[1:] == (
        "sate",
        "The column 'state' is missing, but there is 'sate'. Did you mean state?",
    )


def test_a_column_that_a_field_shows_must_be_there():
    assert refusal(("user",), fields=["invoice"])[:2] == (0, "invoice")


@pytest.mark.parametrize(("header", "name"), [("user;state", "semicolons"), ("user\tstate", "tabs")])
def test_other_separators_are_named(header, name):
    assert refusal((header,))[2] == f"The columns are separated by {name}. Save the file with commas."
