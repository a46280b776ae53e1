"""Runs of agents with an environment, from dispatch to verdict, on every backend."""

import json
import os

import pytest

from agents.models import AgentRun
from agents.services.credentials import credential_create
from agents.spec import AgentSpec
from evaluation.services.seeding import tasks_seed
from orchestration import executor
from orchestration.models import RunEvent
from sandboxes import registry
from tests.sandboxes import engine
from tests.support.agents import published_agent, published_pipeline
from tests.support.code import HELLO, function

pytestmark = pytest.mark.django_db(transaction=True)

TOKEN = "tok-4f9a8c27d1e6b350"  # of nothing


@pytest.fixture(params=["bubblewrap", pytest.param("docker", marks=pytest.mark.docker)])
def backend(request, settings):
    return use(request.param, settings)


@pytest.fixture
def docker(settings):
    yield use("docker", settings)
    backend = registry.backend("docker")
    for name in backend.saved_images():
        backend.forget_image(name)


def use(name, settings):
    if name == "docker" and (reason := engine.why_not()) and not engine.is_required():
        pytest.skip(f"the docker backend is not tested here: {reason}")
    settings.CALLBOARD_SANDBOX = name
    settings.CALLBOARD_CA_BUNDLE = os.environ.get("SSL_CERT_FILE", "")
    return name


@pytest.fixture
def run(project, admin):
    """Carry out one task for an agent with an environment, and return its agent run."""
    names = iter(f"agent {number}" for number in range(9))

    def run(code: str = HELLO, **spec: object) -> AgentRun:
        name = next(names)
        agent = published_agent(admin, code, name=name, **spec)
        pipeline = published_pipeline(admin, project, agent, name=name)
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "Say what you have."}])
        executor.drain("agents")
        return AgentRun.objects.get(agent=agent)

    return run


@pytest.fixture
def variable(admin):
    credential = credential_create(actor=admin, name="token", value=TOKEN)
    return {"name": "TOKEN", "credential_id": credential.public_id}


def log_of(agent_run):
    events = RunEvent.objects.filter(run_id=agent_run.run_id, kind="agent.log").order_by("seq")
    return [line for data in events.values_list("data", flat=True) for line in json.loads(data)["lines"]]


def steps_of(agent_run):
    """Return the names of the steps that each phase had."""
    return {
        phase["name"]: [step["name"] for step in phase["steps"]] for phase in agent_run.phases if phase.get("steps")
    }


@pytest.mark.docker
def test_packages_requirements_and_a_setup_command_are_there_for_the_agent(docker, run, variable):
    code = function("""import pathlib, platform, subprocess, six
said = subprocess.run(["jq", "-n", "40 + 2"], capture_output=True, text=True).stdout.strip()
return f"{said} {six.__version__} {platform.python_version()[:4]} {pathlib.Path('made').read_text()}\"""")
    environment = {
        "system_packages": ["jq"],
        "setup_command": 'sudo touch /opt/mark && printf "%s" "${#TOKEN}" >made && echo "token is $TOKEN"',
        "requirements": ["six==1.17.0"],
    }
    first = run(code, environment=environment, env=[variable])
    second = run(code, environment=environment, env=[variable])

    assert first.final_response == f"42 1.17.0 3.13 {len(TOKEN)}", first.error
    assert second.final_response == first.final_response
    assert [phase["name"] for phase in first.phases][:4] == ["resolve", "prepare", "boot", "setup"]
    assert steps_of(first) == {"prepare": ["System packages", "Python requirements"], "setup": ["Setup command"]}
    prepared = next(phase for phase in second.phases if phase["name"] == "prepare")
    assert all(step["cached"] for step in prepared["steps"])
    assert prepared["duration_ms"] < 1000
    assert "Setting up jq" in "\n".join(log_of(first))
    assert log_of(second) == ["token is ***"]
    assert TOKEN not in "\n".join(log_of(first) + log_of(second))


def test_requirements_and_a_setup_command_need_no_root(backend, run):
    code = function("""import six, os
return f"{six.__version__} {open('made').read()} {os.environ['VIRTUAL_ENV']}\"""")
    environment = {"requirements": ["six==1.17.0"], "setup_command": "python -c 'import six; print(6)' >made"}
    done = run(code, environment=environment, network="none")

    assert done.final_response == "1.17.0 6\n /opt/environment", done.error


@pytest.mark.docker
def test_environment_setup_failed_a_system_packages_install_step_exited_nonzero(docker, run):
    broken = run(environment={"system_packages": ["callboard-has-no-such-package"]})

    assert (broken.status, broken.error["code"], broken.verdict) == ("failed", "environment_setup_failed", "")
    assert broken.error["cause"] == "environment"
    assert broken.error["detail"].startswith("System packages: apt-get install ended with exit code 100.")
    assert "Unable to locate package callboard-has-no-such-package" in broken.error["detail"]
    assert broken.sandbox == ""


def test_environment_setup_failed_the_setup_command_exited_nonzero(backend, run, variable):
    broken = run(environment={"setup_command": 'echo "no $TOKEN"; false'}, env=[variable])

    assert (broken.status, broken.error["code"]) == ("failed", "environment_setup_failed")
    assert broken.error["detail"].startswith("Setup command: The command ended with exit code 1.")
    assert TOKEN not in str(broken.error)
    assert TOKEN not in "\n".join(log_of(broken))
    assert broken.log_lines == 1
    setup = broken.phases[-1]
    assert (setup["name"], setup["failed"], setup["steps"][0]["failed"]) == ("setup", True, True)


def test_environment_setup_failed_a_requirement_is_not_there(backend, run):
    broken = run(environment={"requirements": ["callboard-has-no-such-package"]})

    assert (broken.status, broken.error["code"]) == ("failed", "environment_setup_failed")
    assert "Python requirements: uv pip install ended with exit code 1." in broken.error["detail"]
    assert broken.phases[-1]["name"] == "prepare"


def test_environment_setup_failed_a_worker_without_docker_names_docker(settings, run, monkeypatch):
    settings.CALLBOARD_SANDBOX = "auto"
    monkeypatch.setattr(registry, "choose", lambda: registry.backend("bubblewrap"))
    broken = run(environment={"system_packages": ["jq"]})

    assert broken.error["code"] == "environment_setup_failed"
    assert "docker" in broken.error["detail"]


def test_the_environment_is_kept_with_the_version(run, settings):
    settings.CALLBOARD_SANDBOX = "bubblewrap"
    done = run(environment={"setup_command": "true"})

    assert AgentSpec.model_validate(done.version.spec).environment.setup_command == "true"
    assert done.status == "completed"
