"""Agents as they are shown: a row of the list, a spec in words, what changed from one version to another."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from agents.models import Agent, Credential
from agents.sources.paste import FILE_NAME
from agents.spec import AgentSpec, PromptSpec
from console.display.agent_sources import source_facts

Spec = Mapping[str, JsonValue]

_TWO = 2
_STATE_WORDS = {"draft": "Draft", "published": "Published", "changed": "Changed"}
_SOURCE_WORDS = {"paste": "Paste code", "files": "Multiple files", "zip": "ZIP archive", "git": "Git repository"}
_RUNTIME_WORDS = {"python": "Python function", "prompt": "Prompt"}
_INSTRUCTIONS_FILE = "instructions.md"
#: What is shown of a spec as its settings, in this order.
_SETTINGS = [
    *(key for key in AgentSpec.model_fields if key not in {"source", "env", "dockerfile"}),
    *(key for key in PromptSpec.model_fields if key not in {"instructions", *AgentSpec.model_fields}),
]

#: Where a setting is written otherwise: `environment` is for its variables, as before there were environments.
_SETTING_WORDS = {"environment": "sandbox environment"}


class LastRun(NamedTuple):
    status: str
    verdict: str


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent in the list. The pass rate is that of its recent graded runs."""

    agent: Agent
    state: str
    runtime: str
    last: LastRun | None
    passed: int
    graded: int

    @property
    def pass_rate(self) -> float | None:
        return self.passed / self.graded if self.graded else None


def agent_row(agent: Agent) -> AgentRow:
    """Return the row of an agent that was read with its recent runs."""
    runs = [LastRun(run["status"], run["verdict"]) for run in agent.recent]  # type: ignore[attr-defined]
    verdicts = [run.verdict for run in runs]
    return AgentRow(
        agent, state_word(agent), runtime_word(agent.runtime), last=runs[0] if runs else None,
        passed=verdicts.count("PASS"), graded=verdicts.count("PASS") + verdicts.count("FAIL"),
    )  # fmt: skip


def state_word(agent: Agent) -> str:
    return _STATE_WORDS[agent.status]


def runtime_word(runtime: str) -> str:
    return _RUNTIME_WORDS.get(runtime, runtime)


def source_word(spec: Spec) -> str:
    source = spec.get("source")
    kind = str(source.get("kind")) if isinstance(source, dict) else ""
    return _SOURCE_WORDS.get(kind, kind)


def files_of(spec: Spec) -> dict[str, str]:
    """Return the code of a spec by file, sorted; of a prompt, what the model is told."""
    if "instructions" in spec:
        return {_INSTRUCTIONS_FILE: str(spec["instructions"])}
    source = spec.get("source")
    if not isinstance(source, dict):
        return {}
    files = source.get("files")
    if isinstance(files, dict):
        return {path: str(files[path]) for path in sorted(files)}
    return {FILE_NAME: str(source["code"])} if "code" in source else {}


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable as it is shown: its value, or the name of its credential; neither if that is gone."""

    name: str
    value: str = ""
    credential: str = ""
    is_secret: bool = False


def credential_names(credentials: Iterable[Credential]) -> dict[str, str]:
    """Return how credentials are written, by id: the name, and the last characters as far as they may be known."""
    return {credential.public_id: f"{credential.name} ****{credential.hint}" for credential in credentials}


def variables_of(spec: Spec, credentials: Mapping[str, str]) -> list[Variable]:
    """Return the variables of a spec; `credentials` are the names of credentials by id."""
    return [
        Variable(str(item["name"]), credential=credentials.get(str(item["credential_id"]), ""), is_secret=True)
        if "credential_id" in item
        else Variable(str(item["name"]), value=str(item.get("value", "")))
        for item in _env(spec)
    ]


class Sides(NamedTuple):
    """Which two states of an agent are compared. `names` are all of them, the newest first: `draft`, `2`, `1`."""

    names: Sequence[str]
    before: str
    after: str


def sides(names: Sequence[str], *, before: str, after: str) -> Sides | None:
    """Return what to compare: what is asked for, else the newest with the one before it; None where there is no two."""
    if len(names) < _TWO:
        return None
    after = after if after in names else names[0]
    older = min(names.index(after) + 1, len(names) - 1)
    return Sides(names, before if before in names else names[older], after)


@dataclass(frozen=True, slots=True)
class Change:
    """A text before and after."""

    path: str
    before: str
    after: str


def changes(before: Spec, after: Spec, credentials: Mapping[str, str]) -> list[Change]:
    """Return what differs between two specs, the settings first and then file by file."""
    old, new = files_of(before), files_of(after)
    found = [Change("settings.json", _settings_json(before, credentials), _settings_json(after, credentials))]
    found.append(Change("Dockerfile", str(before.get("dockerfile", "")), str(after.get("dockerfile", ""))))
    found += [Change(path, old.get(path, ""), new.get(path, "")) for path in sorted(old.keys() | new.keys())]
    return [change for change in found if change.before != change.after]


def _settings_json(spec: Spec, credentials: Mapping[str, str]) -> str:
    """Write everything but the code as JSON, with credentials by name."""
    settings = {_SETTING_WORDS.get(key, key): spec[key] for key in _SETTINGS if key in spec}
    if spec.get("runtime") == "prompt":
        return json.dumps(settings, indent=2, ensure_ascii=False)
    variables = {
        variable.name: f"credential {variable.credential or 'that is gone'}" if variable.is_secret else variable.value
        for variable in variables_of(spec, credentials)
    }
    facts = {fact.label.lower(): fact.text for fact in source_facts(spec, credentials)}
    shown = {"source": source_word(spec), **facts, "files": list(files_of(spec)), **settings, "environment": variables}
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _env(spec: Spec) -> Iterator[dict[str, JsonValue]]:
    env = spec.get("env")
    return (item for item in (env if isinstance(env, list) else ()) if isinstance(item, dict))
