"""What compose.yaml and the Dockerfile say fits what the code needs."""

import re

import pytest
import yaml
from django.conf import settings

from console.celery import QUEUES

COMPOSE = yaml.safe_load((settings.BASE_DIR / "compose.yaml").read_text())["services"]
DOCKERFILE = (settings.BASE_DIR / "Dockerfile").read_text()
OURS = {name: service for name, service in COMPOSE.items() if name not in {"postgres", "redis"}}


def test_every_queue_has_a_worker():
    served = {
        queue
        for service in OURS.values()
        for flag, value in zip(service.get("command", []), service.get("command", [])[1:], strict=False)
        if flag == "--queues"
        for queue in value.split(",")
    }
    assert served == set(QUEUES)


def test_every_setting_it_gives_is_documented():
    told = set(
        re.findall(r"^\| `([A-Z_]+)` \|", (settings.BASE_DIR / "docs/configuration.md").read_text(), re.MULTILINE)
    )
    given = {name for service in OURS.values() for name in service["environment"]}
    assert given <= told
    assert {"CALLBOARD_SECRET_KEY", "CALLBOARD_KEYS", "DATABASE_URL", "REDIS_URL"} <= given


@pytest.mark.parametrize("name", [name for name in COMPOSE if name != "migrate"])
def test_every_process_has_a_health_check_and_comes_back(name):
    assert COMPOSE[name]["healthcheck"]["test"]
    assert COMPOSE[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_ours_run_without_rights(name):
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert OURS[name]["read_only"] is True
    assert re.search(r"^USER callboard$", DOCKERFILE, re.MULTILINE)


def test_only_the_web_process_is_reached_from_outside_and_only_from_this_machine():
    assert {name: service["ports"] for name, service in COMPOSE.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }
