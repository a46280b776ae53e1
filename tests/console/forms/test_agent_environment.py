import pytest
from django.http import QueryDict

from console.errors import Problem
from console.forms.agents import AgentForm

WHAT = {
    "requirements": "# ours\nhttpx>=0.28\n\nanthropic  # the client\n",
    "system_packages": "jq\r\nlibpq-dev",
    "setup_command": " npm ci ",
    "python_version": "3.11",
}


def form(**fields) -> AgentForm:
    sent = QueryDict(mutable=True)
    sent.update({"name": "a", "source": "paste", "code": "x", "runtime": "python", **fields})
    return AgentForm(sent=sent)


def test_what_is_typed_is_sent_line_by_line_without_comments():
    assert form(**WHAT).agent()["spec"]["environment"] == {
        "requirements": ["httpx>=0.28", "anthropic"],
        "system_packages": ["jq", "libpq-dev"],
        "setup_command": "npm ci",
        "python_version": "3.11",
    }


def test_a_problem_of_a_line_names_the_line_as_it_was_typed():
    shown = form(**WHAT)
    shown.show(Problem("It is odd.", "environment", "requirements", 1))
    shown.show(Problem("There are too many.", "environment", "system_packages"))

    assert shown["requirements"].errors == ["Line 4: It is odd."]
    assert shown["system_packages"].errors == ["There are too many."]
    assert [problem.label for problem in shown.listed] == ["System packages", "Python requirements"]


def test_it_is_said_in_a_few_words():
    assert form().environment_words == "Python 3.13"
    assert form(**WHAT).environment_words == "Python 3.11, 2 requirements, 2 packages, setup command"


@pytest.mark.parametrize("name", WHAT)
def test_it_is_unfolded_where_there_is_something_in_it(name):
    assert not form().has_environment
    assert form(**{name: WHAT[name]}).has_environment
