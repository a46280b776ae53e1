"""Ten secrets go into an agent that tells them everywhere, and none of them comes out anywhere."""

import inspect
import json
import secrets
import string
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import loose_tongue
from tests.support.instance import Instance, wait_for
from tests.support.loose_tongue import CANARY, SPELLINGS
from tests.support.run_frames import frames_of

LETTERS = string.ascii_letters + string.digits
#: Of a secret that was cut somewhere, so many characters in a row are found nowhere either.
PART = 12
TABLES = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog')"


def letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


@pytest.fixture(scope="module")
def ten() -> list[str]:
    """Secrets of ten sorts, made up anew each time."""
    return [
        letters(40),
        f"sk-{letters(48)}",
        letters(8),
        f"{letters(12)}/{letters(6)}+{letters(6)}=={letters(3)}%&?#",
        f"pass'word\"{letters(10)}\\<{letters(10)}> $HOME `x`",
        f"grün-☃-{letters(16)}-日本",
        f"postgres://admin:{letters(20)}@db.internal:5432/prod?sslmode=require",
        "-----BEGIN KEY-----\n" + "\n".join(letters(64) for _ in range(8)) + "\n-----END KEY-----\n",
        json.dumps({"client_id": letters(12), "client_secret": letters(30), "scopes": ["a", "b"]}),
        letters(2_000),
    ]


@pytest.fixture(scope="module")
def api(instance):
    with instance.api() as client:
        yield client


@pytest.fixture(scope="module")
def runs(api, ten) -> list[dict]:
    """Two runs of the agent that have ended and were graded: one that answers and one that fails."""
    env = []
    for number, value in enumerate(ten):
        kept = api.post("/api/credentials", json={"name": f"secret {number}", "value": value}).raise_for_status()
        assert value not in kept.text
        env.append({"name": f"SECRET_{number}", "credential_id": kept.json()["id"]})
    source = {"kind": "paste", "code": inspect.getsource(loose_tongue)}
    agent = api.post("/api/agents", json={"name": "loose-tongue", "source": source, "env": env}).raise_for_status()
    agent_id = agent.json()["id"]
    api.post(f"/api/agents/{agent_id}/publish").raise_for_status()
    config = {"agent_id": agent_id, "judge_model": "builtin/rules", "rubric": f"Says {CANARY}"}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    made = api.post("/api/v1/workflows", json={"name": "Tell", "fields": [field]}).raise_for_status().json()["id"]
    api.post(f"/api/v1/workflows/{made}/publish").raise_for_status()
    tasks = [{"user": "Tell everything"}, {"user": "Tell everything and fail"}]
    api.post(f"/api/v1/workflows/{made}/tasks", json={"tasks": tasks}).raise_for_status()

    def ended() -> list[dict]:
        found = api.get("/api/agent-runs", params={"agent_id": agent_id}).json()["items"]
        return found if found and all(run["verdict"] and run["finished_at"] for run in found) else []

    return wait_for(ended, seconds=180, what="grading")


@pytest.fixture(scope="module")
def browser(instance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=instance.url, timeout=60) as client:
        page = client.get(instance.sign_in_link).text
        key = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        client.post(instance.sign_in_link, data={"csrfmiddlewaretoken": key}, headers={"Referer": instance.url})
        yield client


def found_in(data: bytes, ten: list[str]) -> set[str]:
    """Return which secrets stand in some bytes, by number and spelling."""
    needles = {
        f"{number}, {name}": spell(secret)
        for number, secret in enumerate(ten)
        for name, spell in SPELLINGS.items()
        if "behind" not in name and "user" not in name  # what is the same wherever it stands is looked for below
    }
    for number, secret in enumerate(ten):
        whole = SPELLINGS["base64 of user and secret"](secret)
        needles[f"{number}, inside base64"] = whole[8:-4]
        needles[f"{number}, in part"] = max(secret.splitlines(), key=len)
    return {name for name, needle in needles.items() if len(needle) >= 8 and needle.encode() in data}


def parts_in(data: bytes, ten: list[str]) -> set[int]:
    """Return which secrets of plain letters have a part in some bytes."""
    plain = {number: secret for number, secret in enumerate(ten) if set(secret) <= {*LETTERS} and len(secret) < 100}
    return {
        number
        for number, secret in plain.items()
        for start in range(len(secret) - PART + 1)
        if secret[start : start + PART].encode() in data
    }


def assert_clean(data: bytes, ten: list[str], *, tells: bool) -> None:
    """Assert that no secret is in `data`, and, where the agent's words should be, that the search would find them."""
    assert found_in(data, ten) == set()
    assert parts_in(data, ten) == set()
    assert (CANARY.encode() in data) or not tells


def test_the_search_finds_what_is_there(ten):
    for name, spell in SPELLINGS.items():
        assert found_in(f"before {spell(ten[0])} after".encode(), ten), name
    assert parts_in(f"x{ten[0][5:20]}x".encode(), ten) == {0}


def test_both_runs_told_what_they_had(runs):
    assert {run["status"] for run in runs} == {"completed"}
    assert sorted(bool(run["exception"]) for run in runs) == [False, True]
    for run in runs:
        said = run["final_response"] or run["exception"]["message"]
        assert said.count(f"{CANARY} ***") >= 40


def test_no_secret_is_in_a_dump_of_the_database(instance, runs, ten):
    with instance.database() as database:
        for (table,) in database.execute(TABLES).fetchall():
            with database.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as rows:  # noqa: S608  # its own names
                data = b"".join(bytes(row) for row in rows)
            # COPY doubles backslashes, so both readings are searched.
            assert_clean(data + data.replace(b"\\\\", b"\\"), ten, tells="trajectorychunk" in table and bool(data))


def test_no_secret_is_in_a_file_log_or_message_of_the_instance(instance, runs, ten):
    files = [file for file in Path(instance.home).rglob("*") if file.is_file() and not file.is_symlink()]
    assert {"logs", "postgres", "broker"} <= {file.relative_to(instance.home).parts[0] for file in files}
    for file in files:
        assert found_in(file.read_bytes(), ten) == set(), file
    assert_clean("\n".join(instance.said).encode(), ten, tells=False)


def test_no_secret_is_in_what_the_api_answers(api, runs, ten):
    for run in runs:
        path = f"/api/agent-runs/{run['id']}"
        assert_clean(api.get(f"{path}/trajectory").content, ten, tells=True)
        for url in (path, f"{path}/verdicts", "/api/agent-runs"):
            assert_clean(api.get(url).content, ten, tells=url != f"{path}/verdicts")
    for url in ("/api/credentials", "/api/agents", "/api/v1/workflows", "/api/models"):
        assert_clean(api.get(url).raise_for_status().content, ten, tells=False)


def test_no_secret_is_in_what_a_socket_says(instance, api, runs, ten):
    for run in runs:
        for query in ("", "&html=1"):
            said = "\n".join(frames_of(instance.port, api.headers["Authorization"], run["run_id"], query))
            assert_clean(said.encode() + _plainly(said), ten, tells=True)


def _plainly(frames: str) -> bytes:
    """Return frames with the escapes of JSON undone."""
    return "\n".join(json.dumps(json.loads(line), ensure_ascii=False) for line in frames.splitlines()).encode()


def test_no_secret_is_in_a_page_or_an_export(browser, runs, ten):
    for run in runs:
        for tab in ("", "/seed", "/log", "/json", "/verdicts", "/steps"):
            assert_clean(
                browser.get(f"/runs/{run['id']}{tab}").raise_for_status().content, ten, tells=tab in {"", "/log"}
            )
    for kind in ("csv", "jsonl"):
        assert_clean(browser.get(f"/runs/export?format={kind}").raise_for_status().content, ten, tells=True)
    for url in ("/settings/credentials", "/agents", "/runs", "/health"):
        assert_clean(browser.get(url).raise_for_status().content, ten, tells=False)


def test_no_secret_is_in_the_environment_or_arguments_of_a_process(instance: Instance, runs, ten):
    for pid in instance.processes(""):
        told = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline")]
        assert_clean(b"\n".join(told), ten, tells=False)
