"""The guide's table of limits says what the services say, all of it and nothing else."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from agents.errors import AgentInvalid
from agents.services.agents import agent_register

KB = 1024
CODE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"


def pasted(code=CODE, **changes):
    return {"spec": {"source": {"kind": "paste", "code": code}, **changes}}


def files(**texts):
    return {"spec": {"source": {"kind": "files", "files": {"main.py": CODE, **texts}}}}


def variables(*env):
    return pasted(env=list(env))


PASSED = [
    {"name": "n" * 256},
    {"description": "d" * 5_001},
    {"spec": {"source": {"kind": "svn"}}},
    pasted(""),
    pasted(CODE + "#" * 200 * KB),
    {"spec": {"source": {"kind": "files", "files": {}}}},
    files(**{f"f{number}.py": "" for number in range(50)}),
    files(**{f"f{number}.py": "#" * 174_900 for number in range(6)}),
    files(**{"big.py": "#" * (200 * KB + 1)}),
    files(**{"words.txt": ""}),
    files(**{"/etc/x.py": ""}),
    files(**{"a/../x.py": ""}),
    files(**{".git/x.py": ""}),
    files(**{"a b.py": ""}),
    pasted("def run(task_input:\n"),
    pasted(entrypoint="main.run"),
    pasted(entrypoint="2run"),
    pasted("def other(task_input, **rest): ..."),
    pasted("def run(): ..."),
    {"spec": {"source": {"kind": "files", "files": {"other.py": CODE}}}},
    variables({"name": "1BAD", "value": ""}),
    variables({"name": "LOG_LEVEL", "value": ""}, {"name": "LOG_LEVEL", "value": ""}),
    variables({"name": "PATH", "value": ""}),
    variables({"name": "A"}),
    variables({"name": "A", "credential_id": "cred_none"}),
    pasted(run_timeout_s=1_801),
    pasted(concurrency=101),
    pasted(network="lan"),
]


@pytest.fixture(scope="module")
def told():
    guide = (Path(settings.BASE_DIR) / "docs/agents.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| .+ \| (.+) \|$", guide.partition("## Limits")[2], re.MULTILINE)
    return [(path, message) for path, message in rows if message.endswith(".")]


def as_in_the_guide(problem):
    match problem.path:
        case ("source", "files", _):
            return "source.files.PATH", problem.message
        case ("env", int(), *rest):
            return ".".join(["env", "N", *rest]), problem.message
    return problem.dotted_path, problem.message


@pytest.mark.parametrize("place", range(len(PASSED)))
def test_each_limit_is_answered_in_the_words_of_the_guide(admin, told, place):
    with pytest.raises(AgentInvalid) as raised:
        agent_register(actor=admin, **{"name": "a", **pasted(), **PASSED[place]})
    assert [as_in_the_guide(problem) for problem in raised.value.problems] == [told[place]]


def test_the_guide_tells_no_other_limits(told):
    assert len(told) == len(PASSED)
