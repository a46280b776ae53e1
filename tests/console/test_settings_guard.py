import os
import subprocess
import sys

import pytest
from django.conf import settings

from console.settings_guard import Chosen, problems

SAFE = Chosen(
    url="https://callboard.example.com", bind="192.0.2.7", hosts=["callboard.example.com"], debug=False,
    secret_key="0123456789abcdef" * 4, keys=f"k1:{'A' * 43}=", has_own_secrets=False, embeds_database=False,
    metrics_token="", sandbox="docker", ca_bundle="", trusted_hosts=["gitlab.internal:8443"],
    log_format="json", log_level="INFO", positive={"SLOTS": 4},
)  # fmt: skip


def test_safe_settings_have_no_problem():
    assert list(problems(SAFE)) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"secret_key": "short"}, "CALLBOARD_SECRET_KEY is weak"),
        ({"secret_key": "a" * 80}, "CALLBOARD_SECRET_KEY is weak"),
        ({"secret_key": "django-insecure-" + "0123456789" * 6}, "CALLBOARD_SECRET_KEY is weak"),
        ({"has_own_secrets": True}, "Set both"),
        ({"keys": ""}, "CALLBOARD_KEYS"),
        ({"keys": "k1:tooshort"}, "CALLBOARD_KEYS"),
        ({"hosts": ["*"]}, "CALLBOARD_HOSTS"),
        ({"trusted_hosts": ["https://gitlab.internal/"]}, "CALLBOARD_TRUSTED_HOSTS"),
        ({"debug": True}, "CALLBOARD_DEBUG"),
        ({"url": "callboard.example.com"}, "CALLBOARD_URL"),
        ({"metrics_token": "secret"}, "CALLBOARD_METRICS_TOKEN"),
        ({"sandbox": "none"}, "auto, docker, bubblewrap"),
        ({"ca_bundle": "/no/such/file"}, "CALLBOARD_CA_BUNDLE"),
        ({"log_level": "LOUD"}, "CALLBOARD_LOG_LEVEL"),
        ({"positive": {"SLOTS": 0}}, "at least 1"),
    ],
)
def test_an_unsafe_setting_is_named(change, named):
    found = list(problems(SAFE._replace(**change)))
    assert len(found) == 1
    assert named in found[0]


def test_debug_is_let_be_where_nobody_else_can_reach_it():
    own = SAFE._replace(debug=True, url="http://127.0.0.1:8000", bind="127.0.0.1")
    assert list(problems(own)) == []


def test_the_embedded_mode_makes_its_own_secrets():
    assert list(problems(SAFE._replace(has_own_secrets=True, embeds_database=True))) == []


@pytest.mark.parametrize(
    ("variable", "value"), [("CALLBOARD_HOSTS", "*"), ("CALLBOARD_PORT", "many"), ("CALLBOARD_SECRET_KEY", "weak")]
)
def test_no_process_starts_and_the_sentence_names_the_setting(variable, value, tmp_path):
    environment = {**os.environ, "CALLBOARD_HOME": str(tmp_path), variable: value}
    done = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert variable in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_databases_address_asks_for_is_kept(tmp_path):
    environment = {
        **os.environ, "CALLBOARD_HOME": str(tmp_path), "DATABASE_URL": "postgresql://u:p@db/name?sslmode=verify-full",
        "CALLBOARD_SECRET_KEY": SAFE.secret_key, "CALLBOARD_KEYS": SAFE.keys,
    }  # fmt: skip
    code = "from console import settings; print(settings.DATABASES['default']['OPTIONS']['sslmode'])"
    said = subprocess.check_output([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, text=True)
    assert said.strip() == "verify-full"
