"""Environments that are really prepared, on every backend."""

import time
from contextlib import contextmanager

import pytest

from agents.environments.caches import Caches
from agents.environments.pythons import own_python, showable
from agents.environments.ready import ready as got_ready
from agents.environments.setup_log import StepFailed
from agents.environments.shape import PYTHON_VERSIONS, Environment
from sandboxes.base import SandboxSpec
from sandboxes.paths import ENVIRONMENT
from sandboxes.python_agent import PythonJob, run_python_agent
from tests.agents.environments.conftest import noted

SIX = Environment(requirements=["six==1.17.0"])
MOST_PREPARED_MS = 100


@contextmanager
def ready(environment, backend, image, work):
    with Caches(backend, work.stop) as caches:
        yield got_ready(environment, backend, image, caches, work)


def opened(backend, got):
    return backend.open(SandboxSpec(image=got.image, mounts=got.mounts, profile=got.profile))


def test_a_requirement_is_there_for_the_agent(backend, work):
    with ready(SIX, backend, None, work) as got, opened(backend, got) as sandbox:
        shown = sandbox.exec([got.python, "-c", "import six; print(six.__version__, six.__file__)"])

    assert shown.stdout_text.startswith(f"1.17.0 {ENVIRONMENT}/lib/python3."), shown.stderr_text


def test_what_is_installed_is_told_line_by_line(backend):
    first = noted()
    with ready(Environment(requirements=["idna==3.10"]), backend, None, first):
        pass

    assert " + idna==3.10\n" in first.text
    assert [step["name"] for step in first.told][-1] == "Python requirements"


def test_the_second_run_pays_next_to_nothing_for_it(backend, work):
    with ready(SIX, backend, None, work):
        pass
    times = []
    for _ in range(5):
        again = noted()
        began = time.monotonic()
        with ready(SIX, backend, None, again):
            times.append((time.monotonic() - began) * 1000)
        assert again.told[-1] == {"name": "Python requirements", "cached": True, "detail": "six==1.17.0"}
        assert again.text == ""

    assert min(times) < MOST_PREPARED_MS


def test_a_requirement_that_is_not_there_is_environment_setup_failed(backend, work):
    missing = Environment(requirements=["callboard-has-no-such-package==1"])
    said = "Python requirements: uv pip install ended with exit code 1"
    with pytest.raises(StepFailed, match=said), ready(missing, backend, None, work):
        pass

    assert "callboard-has-no-such-package" in work.text


def test_an_agent_can_not_write_to_what_others_are_shown(backend, work):
    poison = f"echo poison >>{ENVIRONMENT}/lib/python3*/site-packages/six.py; touch {ENVIRONMENT}/bin/new; id -u"
    with ready(SIX, backend, None, work) as got:
        with opened(backend, got) as sandbox:
            sandbox.exec(["sh", "-c", poison])
        with opened(backend, got) as sandbox:
            shown = sandbox.exec(
                ["sh", "-c", f"cat {ENVIRONMENT}/lib/python3*/site-packages/six.py; ls {ENVIRONMENT}/bin"]
            )

    assert "poison" not in shown.stdout_text
    assert "new" not in shown.stdout_text.split("\n")


def test_the_agents_programs_are_those_of_its_environment(backend, work):
    code = b"""
import shutil, subprocess, sys
def run(task_input, *, proxy_url, run_token):
    said = subprocess.run(["normalizer", "--version"], capture_output=True, text=True)
    return f"{sys.prefix} {shutil.which('python')} {said.stdout}{said.stderr}"
"""
    environment = Environment(requirements=["charset-normalizer==3.4.0"])
    with ready(environment, backend, None, work) as got, opened(backend, got) as sandbox:
        sandbox.write("/home/user/agent/main.py", code)
        outcome = run_python_agent(sandbox, PythonJob({}, python=got.python))

    answer = outcome.final_response or str(outcome)
    assert answer.startswith(f"{ENVIRONMENT} {ENVIRONMENT}/bin/python Charset-Normalizer 3.4.0"), answer


@pytest.mark.parametrize("version", PYTHON_VERSIONS)
def test_the_agent_runs_on_the_python_that_was_chosen(backend, work, version):
    _skip_where_missing(backend, version)
    code = b"""
import platform, sqlite3, ssl, ctypes, six
def run(task_input, *, proxy_url, run_token):
    return platform.python_version() + six.__version__
"""
    environment = Environment(python_version=version, requirements=["six==1.17.0"])
    with ready(environment, backend, None, work) as got, opened(backend, got) as sandbox:
        sandbox.write("/home/user/agent/main.py", code)
        outcome = run_python_agent(sandbox, PythonJob({}, python=got.python))

    assert (outcome.final_response or str(outcome)).startswith(f"{version}."), work.text
    assert outcome.final_response.endswith("1.17.0")


@pytest.mark.parametrize("version", PYTHON_VERSIONS)
def test_a_python_without_requirements_needs_no_network(bubblewrap, work, version):
    _skip_where_missing(bubblewrap, version)
    with ready(Environment(python_version=version), bubblewrap, None, work) as got, opened(bubblewrap, got) as sandbox:
        python = got.python or "python3"
        shown = sandbox.exec([python, "-c", "import platform; print(platform.python_version())"])

    assert shown.stdout_text.startswith(f"{version}.")


def _skip_where_missing(backend, version):
    if own_python(backend, version) is None and not showable(backend, version):
        pytest.skip(f"Python {version} is not on this machine for {backend.name}")
