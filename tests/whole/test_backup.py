"""The backup of docs/operations.md, walked: saved from an instance that runs, restored into one that is new."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.instance import ROOT, Instance, wait_for

OPERATIONS = (ROOT / "docs/operations.md").read_text()
COUNTS = """
SELECT (SELECT count(*) FROM orchestration_run), (SELECT count(*) FROM orchestration_runevent),
       (SELECT count(*) FROM agents_agentrun WHERE verdict <> ''), (SELECT count(*) FROM agents_trajectorychunk)
"""


def recipe(heading: str) -> str:
    """Return the commands under a heading of the guide."""
    found = re.search(rf"### {heading}\n.*?```sh\n(.+?)```", OPERATIONS, re.DOTALL)
    assert found is not None
    return found[1]


def follow(commands: str, home: Path, saved: Path) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "CALLBOARD_HOME": str(home), "BACKUP": str(saved)},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.fixture
def old(homes):
    running = Instance(homes.new()).start()
    yield running
    running.stop()


def counts(instance: Instance) -> tuple[int, ...]:
    with instance.database() as database:
        return database.execute(COUNTS).fetchone()


def test_what_was_saved_is_there_after_the_restore(old, tmp_path, tmp_path_factory):
    wait_for(lambda: counts(old)[2] == 3, what="the demo's verdicts")
    with old.database() as database:
        wait_for(
            lambda: database.execute("SELECT 1 FROM orchestration_run HAVING every(finished_at IS NOT NULL)").fetchone()
        )
    before = counts(old)
    (old.home / "files" / "kept.txt").write_text("an upload")
    saved = tmp_path / "saved"
    follow(recipe("Save"), old.home, saved)

    new = Instance(tmp_path_factory.mktemp("new"), {"CALLBOARD_DEMO": "false"})
    follow(recipe("Put the files and keys back"), new.home, saved)
    new.start()
    follow(recipe("Put the rows back"), new.home, saved)
    new.stop()
    new.start()
    try:
        assert counts(new) == before
        assert (new.home / "files" / "kept.txt").read_text() == "an upload"
        assert "demo-agent" in new.cli("agent", "list")
        assert "Error" not in new.cli("doctor")
    finally:
        new.stop()
