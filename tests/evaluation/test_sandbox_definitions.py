"""A row whose agent has a sandbox definition: seeded, run in a real sandbox of either kind, and told of."""

import json

import pytest

from agents.models import AgentRun
from agents.services import sandbox_definitions as services
from agents.services.sandbox_definitions import sandbox_definition_create
from evaluation.models import SeededTask
from evaluation.services.seeding import tasks_seed
from orchestration import executor
from orchestration.models import RunEvent
from sandboxes.capabilities import Capabilities
from tests.sandboxes.conftest import _why_no_docker
from tests.support.agents import function, published_agent, published_pipeline

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["bubblewrap", pytest.param("docker", marks=pytest.mark.docker)])
def backend_name(request, settings):
    if request.param == "docker" and _why_no_docker():
        pytest.skip(_why_no_docker())
    settings.CALLBOARD_SANDBOX = request.param
    return request.param


@pytest.fixture
def run_in(project, admin, monkeypatch, backend_name):
    """Carry one task out by an agent with the given code in a sandbox of a definition; return its agent run."""
    monkeypatch.setattr(services, "machines", lambda: [Capabilities("any", runtimes=("runc",))])

    def run_in(code: str, **sandbox) -> AgentRun:
        definition = sandbox_definition_create(actor=admin, name="Sandbox", sandbox=sandbox)
        agent = published_agent(admin, code, sandbox_definition_id=definition.public_id)
        pipeline = published_pipeline(admin, project, agent)
        tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "Say hello."}])
        executor.drain("agents")
        return SeededTask.objects.get().agent_run

    return run_in


def log_of(run: AgentRun) -> list[str]:
    events = RunEvent.objects.filter(run_id=run.run_id, kind="agent.log").order_by("seq")
    return [line for event in events for line in json.loads(event.data)["lines"]]


FETCH = """
import urllib.request
try:
    return urllib.request.urlopen("https://blocked.test/", timeout=10).read().decode()
except Exception as error:
    return str(error)
"""
REACH_TOOLS = """
import urllib.error, urllib.request
try:
    signed = {"Authorization": "Bearer " + run_token}
    urllib.request.urlopen(urllib.request.Request(proxy_url + "/tools/x", b"{}", signed))
except urllib.error.HTTPError as error:
    return f"answered {error.code}"
except OSError as error:
    return "unreachable"
"""


def test_a_blocked_host_is_a_line_of_the_runs_log(run_in):
    run = run_in(function(FETCH), network="allow_list", allowed_domains=["pypi.org"])

    assert run.error is None
    assert "403 blocked: blocked.test:443 is not on the allow-list" in run.final_response
    assert "blocked: blocked.test:443 is not on the allow-list" in log_of(run)


@pytest.mark.parametrize(("network", "answer"), [("none", "unreachable"), ("proxy_only", "answered 404")])
def test_only_none_keeps_an_agent_from_its_tools(run_in, network, answer):
    assert run_in(function(REACH_TOOLS), network=network).final_response == answer


def test_an_allow_list_leaves_the_tools_in_reach(run_in):
    run = run_in(function(REACH_TOOLS), network="allow_list", allowed_domains=["pypi.org"])

    assert run.final_response == "answered 404"


def test_a_limit_holds_in_the_run(run_in, backend_name):
    code = function("return open('/proc/self/limits').read() + str(len(bytearray(400 * 1024 * 1024)))")

    run = run_in(code, memory_mb=128, disk_mb=64)

    if run.error is not None:  # this machine can't hold it, and says so
        assert run.error["code"] == "sandbox_unavailable"
        assert "control groups" in run.error["detail"]
    else:
        assert run.exception["type"] in {"AgentEnded", "MemoryError"}


def test_what_the_operator_allows_no_more_breaks_the_run_and_says_what_to_do(run_in, settings, project, admin):
    settings.CALLBOARD_SANDBOX_RUNTIMES = ["runc"]
    definition = sandbox_definition_create(actor=admin, name="Hard", sandbox={"runtime": "runc"})
    agent = published_agent(admin, function("return 'x'"), sandbox_definition_id=definition.public_id)
    pipeline = published_pipeline(admin, project, agent)
    settings.CALLBOARD_SANDBOX_RUNTIMES = []

    tasks_seed(actor=admin, pipeline=pipeline, tasks=[{"user": "Say hello."}])
    executor.drain("agents")

    run = SeededTask.objects.get().agent_run
    assert run.error["code"] == "sandbox_unavailable"
    assert "does not allow the runtime runc" in run.error["detail"]
