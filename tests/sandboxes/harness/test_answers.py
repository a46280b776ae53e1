"""What an agent may return, and what becomes of everything else."""

import pytest


def agent(body, before=""):
    return f"{before}\ndef run(task_input, *, proxy_url, run_token):\n    {body}\n"


def test_a_text_is_an_answer(harness):
    assert harness.run(agent("return 'plain'")).final["final_response"] == "plain"


def test_a_dict_with_a_final_response_is_an_answer(harness):
    heard = harness.run(agent("return {'final_response': '', 'more': 1}"))

    assert (heard.final["type"], heard.final["final_response"]) == ("result", "")


@pytest.mark.parametrize(
    ("returned", "what"),
    [
        ("None", "NoneType"),
        ("42", "int"),
        ("{'answer': 1}", "a dict"),
        ("{'final_response': 3}", "a dict"),
        ("['a']", "list"),
    ],
)
def test_anything_else_is_told_as_what_it_is(harness, returned, what):
    heard = harness.run(agent(f"return {returned}"))

    assert heard.final["type"] == "bad_result"
    assert heard.final["came_back"].startswith(what)
    assert heard.final["repr"] == repr(eval(returned))  # noqa: S307  # our own parameters


def test_an_answer_whose_repr_fails_does_not_matter(harness):
    before = "class Odd:\n    def __repr__(self): raise RuntimeError('no')\n"

    assert "raised RuntimeError" in harness.run(agent("return Odd()", before)).final["repr"]


def test_a_huge_answer_is_shortened(harness):
    text = harness.run(agent("return 'x' * 5_000_000 + 'end'")).final["final_response"]

    assert len(text) < 510_000
    assert text.endswith("end")


def test_the_agent_gets_what_it_was_promised(harness):
    body = (
        "import sys, os; return repr((task_input, proxy_url, run_token, sys.argv, sys.path[0], os.getcwd(), __name__))"
    )

    heard = harness.run(agent(body), task_input={"a": [1, None]}, proxy_url="http://p", run_token="t")

    here = str(harness.agent)
    expected = ({"a": [1, None]}, "http://p", "t", [f"{here}/main.py"], here, here, "main")
    assert heard.final["final_response"] == repr(expected)


def test_neither_the_token_nor_the_task_can_be_read_in_a_list_of_processes_or_a_file(harness, tmp_path):
    body = f"""lines = [open(f"/proc/{{pid}}/cmdline").read() for pid in (os.getpid(), os.getppid())]
    return repr([os.path.exists('{tmp_path}/job.json'), *lines])"""

    text = harness.run(agent(body, "import os"), run_token="sesame", task_input="open").final["final_response"]

    assert text.startswith("[False, ")
    assert "sesame" not in text


def test_a_missing_entry_file_is_a_problem_with_a_code(harness):
    heard = harness.run(agent("return ''"), entry_file="src/other.py")

    assert (heard.final["type"], heard.final["code"]) == ("problem", "entry_file_missing")
    assert "src/other.py" in heard.final["message"]


@pytest.mark.parametrize("entrypoint", ["nothing", "CONSTANT"])
def test_a_missing_entrypoint_is_a_problem_with_a_code(harness, entrypoint):
    heard = harness.run(agent("return ''", "CONSTANT = 1"), entrypoint=entrypoint)

    assert (heard.final["type"], heard.final["code"]) == ("problem", "entrypoint_missing")


def test_an_entry_file_deep_in_the_code_finds_its_neighbours_from_the_top(harness):
    files = {"src/start.py": f"from src.words import WORD\n{agent('return WORD')}", "src/words.py": "WORD = 'found'\n"}

    assert harness.run(None, files, entry_file="src/start.py").final["final_response"] == "found"


@pytest.mark.parametrize(
    ("code", "kind"), [("def run(:", "SyntaxError"), ("import nosuchmodule", "ModuleNotFoundError")]
)
def test_code_that_can_not_be_loaded_is_the_agents_exception(harness, code, kind):
    heard = harness.run(code)

    assert (heard.final["type"], heard.final["type_name"]) == ("exception", kind)
    assert "main.py" in heard.final["traceback"]
    assert "agent_process" not in heard.final["traceback"]


@pytest.mark.parametrize("name", ["json", "platform", "socket", "sandboxes", "recorder", "my-agent"])
def test_an_agent_may_have_any_name(harness, name):
    code = (
        f"import json, socket, platform\n{agent('return json.dumps([socket.AF_INET > 0, len(platform.system()) > 0])')}"
    )
    if name in {"json", "platform", "socket"}:  # its own folder comes first, as for every script
        code = agent("return '[true, true]'")

    heard = harness.run(None, {f"{name}.py": code}, entry_file=f"{name}.py")

    assert heard.final.get("final_response") == "[true, true]", heard.final


def test_an_agent_may_have_a_package_of_the_harness_own_name(harness):
    files = {"sandboxes/__init__.py": "WHO = 'mine'\n", "sandboxes/paths.py": "HOME = 'sweet'\n"}

    heard = harness.run(
        f"import sandboxes\nfrom sandboxes import paths\n{agent('return sandboxes.WHO + paths.HOME')}", files
    )

    assert heard.final["final_response"] == "minesweet"
