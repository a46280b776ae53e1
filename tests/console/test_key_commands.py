import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.credentials import KeyRing
from console.cli.main import app
from console.embedded.home import Home

run = CliRunner().invoke


def test_a_new_key_can_stand_in_a_ring():
    assert len(KeyRing.parse(run(app, ["keys", "new"]).output.strip()).keys) == 1


def test_a_key_is_put_first_into_the_ring_of_the_folder(tmp_path, settings):
    home = Home(tmp_path)
    settings.CALLBOARD_HOME, settings.CALLBOARD_KEYS = home, home.secrets()["keys"]
    assert run(app, ["keys", "add"]).exit_code == 0
    ring = KeyRing.parse(Home(tmp_path).secrets()["keys"])
    assert (len(ring.keys), ring.keys[1][0]) == (2, "k1")
    assert (Path(tmp_path) / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "secrets.json").read_text())["secret_key"]


def test_a_ring_of_the_environment_is_left_to_whoever_set_it(tmp_path, settings):
    settings.CALLBOARD_HOME, settings.CALLBOARD_KEYS = Home(tmp_path), "k9:of the environment"
    answer = run(app, ["keys", "add"])
    assert (answer.exit_code, "CALLBOARD_KEYS" in answer.output) == (2, True)
    assert len(KeyRing.parse(Home(tmp_path).secrets()["keys"]).keys) == 1


@pytest.mark.django_db
def test_rotating_says_how_many_were_moved():
    answer = run(app, ["keys", "rotate"])
    assert (answer.exit_code, answer.output) == (0, "0 put under the first key, 0 left as they were.\n")
