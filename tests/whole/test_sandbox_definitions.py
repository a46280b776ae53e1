"""Sandbox definitions, walked in a real browser against a whole instance with docker; what its workers open ahead."""

import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.backends.docker.engine import engine as container_engine
from sandboxes.base import BackendConfig
from tests.sandboxes import engine
from tests.support.browser import barriers, overflow, refused, visit
from tests.support.code import function
from tests.support.instance import Instance, wait_for
from tests.whole.test_first_run import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.docker]

FETCH = function("""
import urllib.request
try:
    return urllib.request.urlopen("https://blocked.test/", timeout=10).read().decode()
except Exception as error:
    return f"done: {error}"
""")


@pytest.fixture(scope="module")
def instance(homes) -> Iterator[Instance]:
    if reason := engine.why_not():
        pytest.skip(reason)
    settings = {"CALLBOARD_SANDBOX": "docker", "CALLBOARD_CA_BUNDLE": os.environ.get("SSL_CERT_FILE", "")}
    running = Instance(homes.new(), settings).start()
    yield running
    running.stop()
    assert containers(running) == [], "a worker that is told to stop ends what it has opened ahead"


def containers(instance: Instance) -> list[dict]:
    name = DockerBackend(BackendConfig(instance.home / "sandboxes"))._instance
    return container_engine().api.containers(all=True, filters={"label": f"callboard.instance={name}"})


def parked(instance: Instance) -> list[str]:
    return [one["Id"] for one in containers(instance) if "callboard.label.warm" in one["Labels"]]


def test_an_agent_with_a_list_of_hosts_shows_what_was_blocked(instance):
    def walk(page: Page) -> None:
        sign_in(page)
        add_definition(page)
        register(page)
        run = run_once(instance, "listed")
        page.goto(f"{instance.url}/runs/{run}/log")
        expect(page.get_by_role("main")).to_contain_text("blocked: blocked.test:443 is not on the allow-list")
        assert refused(page) == []

    visit(instance.sign_in_link, walk)


def add_definition(page: Page) -> None:
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("link", name="Sandboxes", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("No sandbox definitions yet")
    page.get_by_role("link", name="Add definition").first.click()
    page.get_by_label("Name", exact=True).fill("Packages")
    expect(page.locator("#id_allowed_domains")).to_be_hidden()
    page.get_by_text("Named hosts", exact=True).click()
    page.locator("#id_allowed_domains").fill("pypi.org\n10.0.0.1")
    page.get_by_label("Memory").fill("512")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Add definition").click()
    expect(page.get_by_role("main")).to_contain_text("Host 2: Write a name")
    page.locator("#id_allowed_domains").fill("pypi.org")
    page.get_by_role("button", name="Add definition").click()
    expect(page.get_by_role("row").filter(has_text="Packages")).to_contain_text("512 MB memory")
    assert (barriers(page), overflow(page)) == ([], 0)


def register(page: Page) -> None:
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_role("link", name="Register agent").first.click()
    page.get_by_label("Name", exact=True).fill("listed")
    page.locator(".ace_editor").first.click()
    page.keyboard.insert_text(FETCH)
    expect(page.get_by_role("group", name="Network access")).to_be_visible()
    page.get_by_label("Sandbox definition").select_option(label="Packages: 1 host, 512 MB memory")
    expect(page.get_by_role("group", name="Network access")).to_be_hidden()
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("region", name="Sandbox", exact=True)).to_contain_text("pypi.org")
    assert (barriers(page), overflow(page)) == ([], 0)


def run_once(instance: Instance, name: str) -> str:
    """Have the agent of a name do one task, and return the public id of its run."""
    with instance.api() as api:
        agent = next(one for one in api.get("/api/agents").json()["items"] if one["name"] == name)

        def runs() -> list[dict]:
            found: list[dict] = api.get("/api/agent-runs", params={"agent_id": agent["id"]}).json()["items"]
            return found

        config = {"agent_id": agent["id"], "judge_model": "builtin/rules"}
        field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
        sent = {"name": f"{name} {os.urandom(3).hex()}", "fields": [field]}
        made = api.post("/api/v1/workflows", json=sent).raise_for_status().json()["id"]
        api.post(f"/api/v1/workflows/{made}/publish").raise_for_status()
        before = {one["id"] for one in runs()}
        api.post(f"/api/v1/workflows/{made}/tasks", json={"tasks": [{"user": "Go."}]}).raise_for_status()

        def ended() -> str:
            new = [one for one in runs() if one["id"] not in before and one["finished_at"]]
            return str(new[0]["id"]) if new else ""

        return str(wait_for(ended, what="the run"))


def test_the_next_run_takes_a_sandbox_that_waits_and_another_is_opened(instance):
    waiting = set(wait_for(lambda: parked(instance), seconds=30, what="a sandbox opened ahead"))

    run_once(instance, "listed")

    wait_for(lambda: waiting - set(parked(instance)), seconds=30, what="its use")
    wait_for(lambda: set(parked(instance)) - waiting, seconds=30, what="another one")


def test_what_a_killed_worker_had_opened_ahead_is_gone_soon(instance):
    waiting = set(wait_for(lambda: parked(instance), seconds=30, what="a sandbox opened ahead"))

    for pid in instance.processes("celery", "worker", "agents"):
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: not waiting & {one["Id"] for one in containers(instance)}, seconds=90, what="their end")
