"""The client's decisions, which are made without a call."""

import subprocess
import sys

import pytest

from agents.errors import ModelCallFailed
from agents.llm.retrying import Patience, wait_seconds
from agents.llm.tuning import Tuning, tuned_down


def failure(**more) -> ModelCallFailed:
    return ModelCallFailed("Oh.", **{"is_retryable": True, **more})


@pytest.mark.parametrize(
    ("trouble", "attempt", "wait"),
    [
        (failure(), 1, 1.0),
        (failure(), 3, 4.0),
        (failure(), 4, None),
        (failure(is_retryable=False), 1, None),
        (failure(retry_after=12), 1, 12),
        (failure(retry_after=61), 1, None),
    ],
)
def test_waits_double_until_the_last_attempt_and_yield_to_the_provider(trouble, attempt, wait):
    assert wait_seconds(Patience(attempts=4), trouble, attempt=attempt, chance=0) == wait


def test_waits_are_spread_over_their_last_quarter():
    assert wait_seconds(Patience(), failure(), attempt=1, chance=1) == 0.75


@pytest.mark.parametrize(
    ("status", "said", "instead"),
    [
        (400, "`temperature` is deprecated", Tuning(temperature=None, max_tokens=8)),
        (400, "max_tokens: 8192 > 4096", Tuning(max_tokens=None)),
        (404, "No endpoints found that support tool use", Tuning(has_tool=False, max_tokens=8)),
        (None, "Tool output is not supported by this model.", Tuning(has_tool=False, max_tokens=8)),
        (400, "Bad request", None),
        (401, "Your tool is too hot: temperature", None),
        (500, "temperature", None),
    ],
)
def test_only_what_a_provider_names_is_given_up(status, said, instead):
    assert tuned_down(Tuning(max_tokens=8), ModelCallFailed(said, status=status, is_retryable=False)) == instead


def test_the_library_is_not_imported_before_the_first_call(tmp_path):
    code = (
        "import django; django.setup(); import sys;"
        "import agents.services.models, evaluation.judge, evaluation.services.verdicts;"
        "sys.exit(any(name.split('.')[0] in {'pydantic_ai', 'openai', 'anthropic', 'httpx2'} for name in sys.modules))"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "console.settings", "CALLBOARD_HOME": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
