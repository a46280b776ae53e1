"""The pipeline in the guide is one that could be published."""

import json
import re
from pathlib import Path

from django.conf import settings

from orchestration import cel
from orchestration.dialects.steps import normalize, parse
from orchestration.dialects.steps.shape import KINDS, ConfigShape
from orchestration.shell.script import prepare
from orchestration.validation import find_cycle

GUIDE = (Path(settings.BASE_DIR) / "docs/steps.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_example_is_a_pipeline():
    graph = parse(normalize(json.loads(blocks("json")[0])))
    assert find_cycle(graph) == ()
    assert {node.kind for node in graph.nodes} == {
        "trigger", "bash_script", "router", "dispatch_reviewers", "prompt_agent", "join"
    }  # fmt: skip
    assert {edge.label for edge in graph.edges if edge.source == "size"} == {"large", "small"}


def test_its_conditions_and_scripts_are_good():
    graph = parse(normalize(json.loads(blocks("json")[0])))
    assert cel.check(graph.by_id["size"].config["condition"]) == []
    assert prepare(graph.by_id["count"].config["script"]).names == ("diff",)
    (condition,) = re.findall(r"^size\(files\).*$", GUIDE, re.MULTILINE)
    assert cel.evaluate(condition, {"files": [{"path": "a.sql"}]}) == "database"


def test_what_the_table_says_to_write_instead_is_taken_and_what_it_replaces_is_not():
    rows = re.findall(r"^\| (`.+?`+) \| (`.+?`)(?: on a line of its own, then `(.+?)`)? \|$", GUIDE, re.MULTILINE)
    table = [tuple(cell.strip() for cell in row) for row in rows if "{{" in row[0]]
    assert len(table) == 5
    for wrong, *right in table:
        assert is_taken("\n".join(f"echo {text}" if text.startswith("$") else text for text in map(bare, right)))
        assert not is_taken(f"echo {bare(wrong)}" if bare(wrong).startswith("$") else bare(wrong))


def bare(code: str) -> str:
    """Return what stands between the backticks."""
    return code[2:-2].strip() if code.startswith("``") else code.strip("`")


def test_every_kind_and_every_setting_is_explained():
    explained = set(re.findall(r"`(\w+)`", GUIDE)) | set(re.findall(r"^### (\w+)", GUIDE, re.MULTILINE))
    settings_there_are = {field.alias or name for name, field in ConfigShape.model_fields.items()}
    assert settings_there_are - explained == set()
    assert set(KINDS) - {"conditional"} <= explained


def is_taken(script: str) -> bool:
    try:
        prepare(script)
    except ValueError:
        return False
    return True
