import pytest

from agents.environments.requirements import lines_of
from agents.environments.shape import MOST_PACKAGES, MOST_REQUIREMENTS
from agents.errors import AgentInvalid
from agents.services.agents import agent_register
from agents.spec import as_json, parse_spec
from tests.support.code import HELLO

CODE = {"kind": "paste", "code": HELLO}


def problems_of(**environment):
    with pytest.raises(AgentInvalid) as caught:
        parse_spec({"source": CODE, "environment": environment})
    return [(problem.path, problem.message) for problem in caught.value.problems]


def test_an_environment_is_read_as_it_was_sent():
    sent = {
        "system_packages": ["jq", "libpq-dev", "g++", "ripgrep=14.1.1-1+b4"],
        "setup_command": "npm ci",
        "requirements": ["httpx[http2]>=0.28", "tomli; python_version < '3.11'", "anthropic"],
        "python_version": "3.11",
    }

    assert as_json(parse_spec({"source": CODE, "environment": sent}))["environment"] == sent


def test_a_spec_without_an_environment_is_what_was_published_before_there_was_one():
    assert "environment" not in as_json(parse_spec({"source": CODE}))
    assert "environment" not in as_json(parse_spec({"source": CODE, "environment": {"setup_command": " "}}))


def test_a_blank_version_of_python_is_3_13():
    assert parse_spec({"source": CODE}).environment.python == "3.13"
    assert parse_spec({"source": CODE, "environment": {"python_version": "3.9"}}).environment.python == "3.9"


@pytest.mark.parametrize("version", ["3.8", "3.14", "3", "python3.11", "3.11.2"])
def test_python_is_3_9_to_3_13(version):
    ((path, message),) = problems_of(python_version=version)

    assert path == ("environment", "python_version")
    assert message == "Use 3.9, 3.10, 3.11, 3.12 or 3.13, or leave it blank for 3.13."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("--force-yes", "option"),
        ("vim-", "take a package away"),
        ("JQ", "not the name"),
        ("jq; rm -rf /", "not the name"),
        ("./jq.deb", "not the name"),
        ("jq ripgrep", "not the name"),
        ("lib*", "not the name"),
        ("j", "not the name"),
        ("jq=", "no version"),
        ("jq=$(id)", "no version"),
    ],
)
def test_a_system_package_is_a_name_of_debian(name, words):
    ((path, message),) = problems_of(system_packages=["git", name])

    assert path == ("environment", "system_packages", 1)
    assert words in message


def test_there_are_at_most_50_system_packages():
    ((path, message),) = problems_of(system_packages=[f"package-{n}" for n in range(MOST_PACKAGES + 1)])

    assert path == ("environment", "system_packages")
    assert "at most 50 packages" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-r requirements.txt", "option"),
        ("--index-url https://example.com/simple", "option"),
        ("-e .", "option"),
        ("./wheels/mine", "path"),
        ("../mine", "path"),
        ("~/mine", "path"),
        ("mine-1.0-py3-none-any.whl", "path"),
        ("git+https://token@example.com/mine.git", "address"),
        ("https://example.com/mine", "address"),
        ("mine @ https://token@example.com/mine", "address"),
        ("mine @ file:///etc/passwd", "address"),
        ("two words", "not a requirement"),
        ("httpx>=", "not a requirement"),
    ],
)
def test_a_requirement_names_a_package_of_the_index(text, words):
    ((path, message),) = problems_of(requirements=["anthropic", text])

    assert path == ("environment", "requirements", 1)
    assert words in message
    assert "token" not in message


def test_what_is_named_twice_is_said():
    assert problems_of(requirements=["Py_YAML", "py.yaml>=6"]) == [
        (("environment", "requirements", 1), "py-yaml is named twice.")
    ]
    assert problems_of(system_packages=["jq", "jq"]) == [(("environment", "system_packages", 1), "jq is named twice.")]


def test_there_are_at_most_200_requirements():
    ((path, _),) = problems_of(requirements=[f"package-{n}" for n in range(MOST_REQUIREMENTS + 1)])

    assert path == ("environment", "requirements")


def test_what_is_pasted_loses_comments_and_blank_lines():
    assert lines_of("# ours\nhttpx  # the client\r\n\n  anthropic>=0.40\npkg#not\n") == [
        "httpx",
        "anthropic>=0.40",
        "pkg#not",
    ]


def test_a_command_without_end_is_refused():
    assert problems_of(setup_command="echo a\0b") == [
        (("environment", "setup_command"), "A command can't hold a NUL character.")
    ]


def test_system_packages_are_refused_at_once_where_sandboxes_are_bubblewraps(admin, settings):
    settings.CALLBOARD_SANDBOX = "bubblewrap"
    with pytest.raises(AgentInvalid) as caught:
        agent_register(actor=admin, name="a", spec={"source": CODE, "environment": {"system_packages": ["jq"]}})

    (problem,) = caught.value.problems
    assert problem.path == ("environment", "system_packages")
    assert "docker" in problem.message
