"""Callboard's own settings, with what only tests need."""

import os

from console.settings import *  # noqa: F403
from console.settings import CACHES, CELERY_BROKER_URL, CHANNEL_LAYERS, DATABASES, REDIS_URL
from orchestration.steps.registry import STEP_KINDS

# Steps whose only purpose is to be watched: they are kinds like any other.
STEP_KINDS |= {
    "note": "tests.engine.steps.NoteStep",
    "wait": "tests.engine.steps.WaitStep",
    "flaky": "tests.engine.steps.FlakyStep",
    "sleep": "tests.engine.steps.SleepStep",
    "pause": "tests.engine.steps.PauseStep",
    "poll_test": "tests.engine.steps.PollStep",
    "event_test": "tests.engine.steps.EventStep",
    "children_test": "tests.engine.steps.ChildrenStep",
    "review_test": "tests.engine.steps.ReviewStep",
    "gate_test": "tests.engine.steps.GateStep",
}

# Parallel workers of the suite share one Redis, each with a numbered database of its own.
_number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = f"{REDIS_URL}?db={_number}"
CELERY_BROKER_URL = f"{CELERY_BROKER_URL}?virtual_host={_number}"
CACHES["default"]["LOCATION"] = REDIS_URL
CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [REDIS_URL]

# A test database is dropped at the end, which a connection that a pool keeps open would not allow.
DATABASES["default"]["OPTIONS"].pop("pool", None)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
