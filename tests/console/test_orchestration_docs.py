"""The commands of the guide to orchestrations, run as they stand there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from console.access import Role
from orchestration.dialects.nodes.parse import NODE_TYPES
from tests.console.api.conftest import api_as

GUIDE = (Path(settings.BASE_DIR) / "docs/orchestrations.md").read_text()
SCRIPTS = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
#: Every answer on a line of its own, whether the guide shows it or takes its id; and jq's only use in the guide.
PRELUDE = r"""
set -euo pipefail
curl() { command curl --fail-with-body "$@" | tee -a "$ANSWERS"; echo >> "$ANSWERS"; }
jq() { sed -E 's/^\{"id": ?"([a-z]+_[0-9A-Z]+)".*/\1/'; }
"""


@pytest.mark.skipif(shutil.which("curl") is None, reason="CURL IS NOT HERE: the guide's commands are not run")
def test_the_commands_of_the_guide_do_what_it_says(live_server, project, tmp_path):
    answers = tmp_path / "answers"
    subprocess.run(
        ["bash", "-c", PRELUDE + "\n".join(SCRIPTS)],
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "URL": live_server.url,
            "TOKEN": api_as(project, Role.ORG_ADMIN).token,
            "ANSWERS": str(answers),
        },
        check=True,
        capture_output=True,
        timeout=60,
    )
    made, good, low, paused, answered, checked = map(json.loads, answers.read_text().splitlines())
    assert made["name"] == "grade"
    assert (good["status"], good["state"]["answer"]) == ("completed", "Well done")
    assert low["id"] == paused["id"] == answered["id"]
    assert paused["required_action"]["prompt"] == "What now?"
    assert (answered["status"], answered["state"]["answer"]) == ("completed", "Try again")
    assert [found["path"] for found in checked["errors"]] == ["nodes[0].expression", "edges[0].to"]


def test_the_guide_names_every_type_of_node():
    table = GUIDE.split("### Nodes")[1].split("Any node may")[0]
    assert set(re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE)) - {"type"} == set(NODE_TYPES)
