"""Every change leaves an entry: the services are read, so that a new one can't forget."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.audit_trail import ACTIONS
from evaluation.models import BulkVerb, DatasetStatus

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(
    [*ROOT.glob("*/services/*.py"), *(ROOT / "console" / name for name in ("signing_in/auth.py", "organizations.py"))]
)
#: Services that change nothing a person would look for in the trail.
UNRECORDED = {
    "endpoint_test": "notes what a provider answered; the model stays as it was",
    "upload_check": "keeps a file for a day; seeding it is recorded",
    "event_receive": "the event is kept itself",
    "orchestration_run_resume": "looks again at what waits; nothing is changed by that",
    "orchestration_validate": "stores nothing",
    "steps_validate": "stores nothing",
    "run_start": "part of a dispatch or a rerun, which are recorded",
    "runs_start": "part of seeding, which is recorded",
}
#: What the services of datasets make of the status that one gets.
SWITCHES = {f"dataset.{status}" for status in (DatasetStatus.PAUSED, DatasetStatus.SEEDING, DatasetStatus.CANCELLED)}
#: What no entry may hold, whatever it is the entry of.
SECRETS = {"value", "secret", "password", "token", "ciphertext", "key"}


def recorded() -> Iterator[ast.Call]:
    """Yield every call that appends an entry."""
    for file in (
        file for room in ("console", "agents", "orchestration", "evaluation") for file in ROOT.glob(f"{room}/**/*.py")
    ):
        yield from (node for node in ast.walk(ast.parse(file.read_text())) if is_record(node))


def is_record(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"audit.record", "record"} and bool(node.keywords)


def argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def functions(file: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}


ALL = {name: function for file in SERVICES for name, function in functions(file).items()}
CHANGING = sorted(
    f"{file.relative_to(ROOT)}:{name}"
    for file in SERVICES
    for name, function in functions(file).items()
    if not name.startswith("_") and "actor" in {argument.arg for argument in function.args.kwonlyargs}
)


def leads_to_an_entry(function: ast.FunctionDef, seen: frozenset[str] = frozenset()) -> bool:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    if any(is_record(call) for call in calls):
        return True
    named = {ast.unparse(call.func) for call in calls} & ALL.keys() - seen
    return any(leads_to_an_entry(ALL[name], seen | {name}) for name in named)


def test_it_sees_the_services():
    known = {"agents/services/credentials.py:credential_create", "console/signing_in/auth.py:api_token_create"}
    assert known <= set(CHANGING)


@pytest.mark.parametrize("service", CHANGING)
def test_every_service_of_an_actor_records_what_it_did(service):
    name = service.rpartition(":")[2]
    assert leads_to_an_entry(ALL[name]) or name in UNRECORDED, f"{service} changes something and records nothing"


def test_every_recorded_action_has_its_words_and_no_words_are_of_an_action_that_is_not():
    actions = [argument(call, "action") for call in recorded()]
    said = {action.value for action in actions if isinstance(action, ast.Constant)}
    made = {ast.unparse(action) for action in actions if isinstance(action, ast.JoinedStr)}
    assert made == {"f'dataset.{becomes}'", "f'runs.{verb}'"}
    assert said | {f"runs.{verb}" for verb in BulkVerb} | SWITCHES == set(ACTIONS)


def test_no_entry_names_a_secret():
    written = {
        key.value
        for call in recorded()
        for side in (argument(call, "before"), argument(call, "after"))
        if isinstance(side, ast.Dict)
        for key in side.keys
        if isinstance(key, ast.Constant)
    }
    assert written & SECRETS == set()
