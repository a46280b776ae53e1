"""`callboard doctor` looks at the instance that runs, by the settings that it was started with."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from console.cli import doctor
from console.cli.main import app
from console.embedded.home import Home
from console.embedded.running import environment_of, settings_in, supervisor_of

#: Holds the file that is named, as a supervisor does, until it is ended.
_HOLDS = "import sys; file = open(sys.argv[1], 'a'); print('here', flush=True); sys.stdin.read()"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    monkeypatch.setenv("CALLBOARD_HOME", str(tmp_path))
    return Home(tmp_path)


@pytest.fixture
def supervised(home):
    """Start a process that holds the folder's lock with settings of its own; return its number."""
    environment = {"CALLBOARD_PORT": "8123", "CALLBOARD_HOME": str(home.path), "HOME": "/nowhere"}
    command = [sys.executable, "-c", _HOLDS, str(home.lock)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        process.stdout.readline()
        home.lock.write_text(str(process.pid))
        yield process.pid
        process.stdin.close()


@pytest.fixture
def shell(monkeypatch):
    """Settings of this shell that come back after the test, whatever it does to them."""
    for name in settings_in(os.environ).keys() - {"CALLBOARD_HOME"}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CALLBOARD_PORT", "8000")
    monkeypatch.setenv("CALLBOARD_SANDBOX", "docker")
    monkeypatch.setenv("CALLBOARD_LOG_LEVEL", "ERROR")


def test_the_process_that_holds_the_lock_is_found(home, supervised):
    assert supervisor_of(home) == supervised
    assert environment_of(supervised)["CALLBOARD_PORT"] == "8123"


@pytest.mark.parametrize("text", ["", "not a number", "1", str(2**22 + 1)])
def test_a_lock_that_nobody_holds_tells_of_nobody(home, text):
    home.lock.write_text(text)
    assert supervisor_of(home) is None


def test_only_settings_of_ours_count():
    known = {"CALLBOARD_PORT": "1", "DATABASE_URL": "x", "REDIS_URL": "y"}
    assert settings_in({**known, "PATH": "/bin", "MY_CALLBOARD_PORT": "2"}) == known


def test_the_settings_of_the_instance_take_the_place_of_the_shells(home, supervised, shell):
    words = doctor.adopt_settings()
    assert f"{home.path}, process {supervised}" in words
    assert "differs in CALLBOARD_PORT, CALLBOARD_SANDBOX." in words
    assert (os.environ["CALLBOARD_PORT"], "CALLBOARD_SANDBOX" in os.environ) == ("8123", False)
    assert (os.environ["CALLBOARD_HOME"], os.environ["CALLBOARD_LOG_LEVEL"]) == (str(home.path), "ERROR")


def test_where_none_runs_it_says_that_these_are_the_shells(home, shell):
    assert doctor.adopt_settings().startswith(f"No instance of yours runs in {home.path}.")
    assert os.environ["CALLBOARD_PORT"] == "8000"


def test_a_named_instance_is_asked_what_it_says_of_itself(monkeypatch):
    broken = {"section": "Processes", "subject": "Broker", "level": "error", "text": "away", "fix": "Start it."}
    asked: list[tuple] = []

    def answer(self, method, path, **parts):
        asked.append((self.url, self.token, method, path))
        return {"lines": [broken]}

    monkeypatch.setattr("console.cli.client.Api.__call__", answer)
    said = CliRunner().invoke(app, ["--url", "https://c.example/", "--token", "cb_x", "doctor"])
    assert asked == [("https://c.example", "cb_x", "GET", "/api/health")]
    assert (said.exit_code, "Broker: away" in said.output, "Start it." in said.output) == (1, True, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--url", "https://a", "--token", "cb_a", "agent", "list"], ("https://a", "cb_a")),
        (["agent", "list", "--url", "https://b", "--token", "cb_b"], ("https://b", "cb_b")),
        (["--url", "https://a", "--token", "cb_a", "agent", "list", "--token", "cb_b"], ("https://a", "cb_b")),
        (["agent", "list"], ("https://env", "cb_env")),
        (["--url", "https://a", "agent", "list"], ("https://a", "cb_env")),
    ],
)
def test_the_instance_is_named_before_or_behind_the_command(monkeypatch, words, expected):
    asked: list[tuple[str, str]] = []

    def answer(self, method, path, **parts):
        asked.append((self.url, self.token))
        return {"items": [], "next_cursor": None}

    monkeypatch.setattr("console.cli.client.Api.__call__", answer)
    monkeypatch.setenv("CALLBOARD_URL", "https://env")
    monkeypatch.setenv("CALLBOARD_TOKEN", "cb_env")
    assert CliRunner().invoke(app, words).exit_code == 0
    assert asked == [expected]


def test_a_token_without_its_instance_is_asked_for_it():
    said = CliRunner().invoke(app, ["--token", "cb_a", "agent", "list"], env={"CALLBOARD_URL": ""})
    assert (said.exit_code, "--url" in said.output) == (2, True)
