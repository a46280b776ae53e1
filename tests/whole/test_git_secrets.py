"""A git token goes into an agent that knows it and tells it everywhere, and it comes out nowhere.

The token of a private repository is never given to an agent; this one has it, turned around, among its own files.
"""

import inspect
import string
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import loose_tongue
from tests.support.git_server import GitServer
from tests.support.instance import Instance, wait_for
from tests.support.loose_tongue import CANARY
from tests.support.run_frames import frames_of
from tests.whole.test_secrets_search import TABLES, assert_clean, found_in, letters

MAIN = """
import os
from pathlib import Path

import tongue


def run(task_input, *, proxy_url, run_token):
    token = (Path(__file__).parent / "token.txt").read_text()[::-1]
    for number in range(10):
        os.environ[f"SECRET_{number}"] = token
    return tongue.run(task_input, proxy_url=proxy_url, run_token=run_token)
"""


@pytest.fixture(scope="module")
def token() -> str:
    """A token made up anew each time: of plain letters, as the known hosts make them."""
    made = f"ghp_{letters(36)}"
    assert set(made[4:]) <= {*string.ascii_letters, *string.digits}
    return made


@pytest.fixture(scope="module")
def server(token) -> Iterator[GitServer]:
    with GitServer() as running:
        files = {"main.py": MAIN, "tongue.py": inspect.getsource(loose_tongue), "token.txt": token[::-1]}
        running.add("telling", files, token=token)
        yield running


@pytest.fixture(scope="module")
def instance(server, homes) -> Iterator[Instance]:
    settings = {"CALLBOARD_CA_BUNDLE": str(server.ca), "CALLBOARD_TRUSTED_HOSTS": f"localhost:{server.port}"}
    running = Instance(homes.new(), settings).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def api(instance):
    with instance.api() as client:
        yield client


@pytest.fixture(scope="module")
def runs(api, server, token) -> list[dict]:
    """Three runs that have ended: one that answers, one whose agent fails, and one whose ref is not there."""
    fine = _dispatched(api, "telling", {"mode": "inline", "token": token}, server, "main")
    kept = api.post("/api/credentials", json={"name": "the token", "value": token}).raise_for_status().json()["id"]
    gone = _dispatched(api, "missing", {"mode": "credential", "credential_id": kept}, server, "gone")

    def ended() -> list[dict]:
        found = [
            run for agent in (fine, gone)
            for run in api.get("/api/agent-runs", params={"agent_id": agent}).json()["items"]
        ]  # fmt: skip
        return found if len(found) == 4 and all(run["finished_at"] for run in found) else []

    found = wait_for(ended, seconds=180, what="the runs")
    return [api.get(f"/api/agent-runs/{run['id']}").raise_for_status().json() for run in found]


def _dispatched(api, name: str, auth: dict, server: GitServer, ref: str) -> str:
    source = {"kind": "git", "url": server.url("telling"), "ref": ref, "auth": auth}
    agent = api.post("/api/agents", json={"name": name, "source": source}).raise_for_status()
    agent_id = str(agent.json()["id"])
    api.post(f"/api/agents/{agent_id}/publish").raise_for_status()
    config = {"agent_id": agent_id, "judge_model": "builtin/rules", "rubric": f"Says {CANARY}"}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    made = api.post("/api/v1/workflows", json={"name": name, "fields": [field]}).raise_for_status().json()["id"]
    api.post(f"/api/v1/workflows/{made}/publish").raise_for_status()
    tasks = [{"user": "Tell everything"}, {"user": "Tell everything and fail"}]
    api.post(f"/api/v1/workflows/{made}/tasks", json={"tasks": tasks}).raise_for_status()
    return agent_id


def test_the_runs_told_what_they_had(runs):
    ended = sorted(run["status"] for run in runs)
    assert ended == ["completed", "completed", "failed", "failed"], [
        run["error"] and run["error"]["detail"] for run in runs
    ]
    for run in runs:
        if run["status"] == "completed":
            said = run["final_response"] or run["exception"]["message"]
            assert said.count(f"{CANARY} ***") >= 40


def test_the_token_is_in_no_row(instance, runs, token):
    with instance.database() as database:
        for (table,) in database.execute(TABLES).fetchall():
            with database.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as rows:  # noqa: S608  # its own names
                data = b"".join(bytes(row) for row in rows)
            assert_clean(data + data.replace(b"\\\\", b"\\"), [token], tells="trajectorychunk" in table and bool(data))


def test_the_token_is_in_no_file_log_message_or_clone(instance, runs, token):
    files = [file for file in Path(instance.home).rglob("*") if file.is_file() and not file.is_symlink()]
    assert {"cache", "logs", "postgres", "broker"} <= {file.relative_to(instance.home).parts[0] for file in files}
    assert any(file.name == "token.txt" for file in files)
    for file in files:
        assert found_in(file.read_bytes(), [token]) == set(), file
    assert_clean("\n".join(instance.said).encode(), [token], tells=False)


def test_the_token_is_in_nothing_that_the_api_answers(api, runs, token):
    for run in runs:
        path = f"/api/agent-runs/{run['id']}"
        for url in (path, f"{path}/trajectory", f"{path}/verdicts"):
            assert_clean(
                api.get(url).content, [token], tells=run["status"] == "completed" and url != f"{path}/verdicts"
            )
        agent = run["agent_id"] if "agent_id" in run else run["agent"]["id"]
        for url in (f"/api/agents/{agent}", f"/api/agents/{agent}/versions"):
            assert_clean(api.get(url).raise_for_status().content, [token], tells=False)
    for url in ("/api/agent-runs", "/api/credentials", "/api/agents", "/api/audit"):
        assert_clean(api.get(url).raise_for_status().content, [token], tells=False)


def test_the_token_is_in_nothing_that_a_socket_says(instance, api, runs, token):
    for run in runs:
        for query in ("", "&html=1"):
            said = "\n".join(frames_of(instance.port, api.headers["Authorization"], run["run_id"], query))
            assert_clean(said.encode(), [token], tells=run["status"] == "completed")


def test_the_token_is_in_no_page(instance, runs, token):
    with httpx.Client(base_url=instance.url, timeout=60) as browser:
        page = browser.get(instance.sign_in_link).text
        key = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        browser.post(instance.sign_in_link, data={"csrfmiddlewaretoken": key}, headers={"Referer": instance.url})
        for run in runs:
            for tab in ("", "/seed", "/log", "/json", "/verdicts", "/steps"):
                tells = run["status"] == "completed" and tab in {"", "/log"}
                assert_clean(browser.get(f"/runs/{run['id']}{tab}").raise_for_status().content, [token], tells=tells)
        for url in ("/agents", "/runs", "/settings/credentials", "/settings/audit"):
            assert_clean(browser.get(url).raise_for_status().content, [token], tells=False)


def test_the_token_is_in_the_environment_or_arguments_of_no_process(instance, runs, token):
    for pid in instance.processes(""):
        told = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline")]
        assert_clean(b"\n".join(told), [token], tells=False)
