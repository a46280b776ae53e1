"""The guide's custom image, walked in a real browser against a whole instance with docker; then each way to fail.

The Dockerfile is that of `docs/environments.md`, but for the npm package, which is a small one here.
"""

import os
import re
import signal
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from agents.images.states import LEASE_SECONDS
from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.backends.docker.engine import engine as docker_engine
from sandboxes.base import BackendConfig
from tests.sandboxes import engine
from tests.support.browser import barriers, overflow, refused, visit
from tests.support.code import HELLO, function
from tests.support.instance import ROOT, Instance, wait_for
from tests.whole.test_first_run import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.docker]

GUIDE = re.search(r"```dockerfile\n(.+?)```", (ROOT / "docs/environments.md").read_text(), re.DOTALL)
BODY = GUIDE[1].replace("@anthropic-ai/claude-code", "cowsay@1.6.0") if GUIDE else ""
CODE = function("import subprocess\nreturn subprocess.run(['sh', '-c', 'jq --version; command -v cowsay; echo "
                "$NODE_OPTIONS'], capture_output=True, text=True).stdout")  # fmt: skip
BUILD_MS = 300_000
SLOW = "RUN echo begun && sleep 300\n"


@pytest.fixture(scope="module")
def instance(homes) -> Iterator[Instance]:
    if reason := engine.why_not():
        pytest.skip(reason)
    settings = {"CALLBOARD_SANDBOX": "docker", "CALLBOARD_CA_BUNDLE": os.environ.get("SSL_CERT_FILE", "")}
    running = Instance(homes.new(), settings).start()
    yield running
    running.stop()
    shelf = DockerBackend(BackendConfig(running.home / "sandboxes")).shelf()
    for digest in shelf.names():
        shelf.remove(digest)


@pytest.fixture(scope="module")
def api(instance) -> Iterator[httpx.Client]:
    with instance.api() as client:
        yield client


def registered(api: httpx.Client, name: str, body: str, code: str = HELLO) -> str:
    """Register and publish an agent with a Dockerfile, and return the path of its image."""
    made = api.post(
        "/api/agents", json={"name": name, "source": {"kind": "paste", "code": code}, "dockerfile": body}
    ).raise_for_status()
    path = f"/api/agents/{made.json()['id']}"
    api.post(f"{path}/publish").raise_for_status()
    return f"{path}/image"


def ended(api: httpx.Client, path: str) -> dict:
    return wait_for(lambda: (found := api.get(path).json())["state"] != "building" and found, what="the build")


def dispatched(api: httpx.Client, path: str) -> dict:
    """Run an agent once and return the run as it ended."""
    agent = path.split("/")[3]
    config = {"agent_id": agent, "judge_model": "builtin/rules"}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    made = api.post("/api/v1/workflows", json={"name": f"runs {agent}", "fields": [field]}).raise_for_status()
    workflow = f"/api/v1/workflows/{made.json()['id']}"
    api.post(f"{workflow}/publish").raise_for_status()
    api.post(f"{workflow}/tasks", json={"tasks": [{"user": "Look around."}]}).raise_for_status()

    def over() -> dict | None:
        found = api.get("/api/agent-runs", params={"agent_id": agent}).json()["items"]
        return api.get(f"/api/agent-runs/{found[0]['id']}").json() if found and found[0]["finished_at"] else None

    return wait_for(over, what="the run")


def test_the_guide_ends_with_an_agent_on_an_image_of_its_own(instance, api):
    """On the way: the chip shows Build failed, with the log's tail and a Rebuild button."""
    failed = registered(api, "without sudo", "RUN apt-get install -y jq\n")

    def walk(page: Page) -> None:
        sign_in(page)
        page.get_by_role("link", name="Agents", exact=True).click()
        page.get_by_role("link", name="Register agent").first.click()
        page.get_by_label("Name", exact=True).fill("on an image")
        page.locator(".ace_editor").first.click()
        page.keyboard.insert_text(CODE)
        page.locator("summary").filter(has_text="Sandbox environment").click()
        page.get_by_text("Custom Dockerfile").click()
        page.locator("#id_dockerfile").fill(f"FROM debian\n{BODY}COPY . /srv\n")
        page.get_by_role("button", name="Save and publish").click()
        main = page.get_by_role("main")
        expect(main).to_contain_text("Line 1: FROM can't be used")
        expect(main).to_contain_text("Line 5: COPY can't be used")
        page.locator("#id_dockerfile").fill(BODY)
        expect(page.get_by_label("Build image now")).to_be_checked()
        see_that_it_is_clean(page)
        page.get_by_role("button", name="Save and publish").click()
        card = page.get_by_role("region", name="Custom image")
        expect(card).to_contain_text("Building…")
        expect(card.get_by_role("log")).to_contain_text("Step 1/3", timeout=60_000)
        see_that_it_is_clean(page)
        expect(card).to_contain_text("Ready", timeout=BUILD_MS)
        page.goto(f"{instance.url}/agents/{failed.split('/')[3]}")
        see_a_build_fail(page)

    visit(instance.sign_in_link, walk)
    assert api.get(failed).json()["error"] == "Line 1: The command ended with exit code 100."
    agent = next(found for found in api.get("/api/agents").json()["items"] if found["name"] == "on an image")
    run = dispatched(api, f"/api/agents/{agent['id']}/image")
    assert run["image"] == api.get(f"/api/agents/{agent['id']}/image").json()["digest"]
    said = run["final_response"].split()
    assert (said[0].startswith("jq-"), said[1:]) == (True, ["/usr/local/bin/cowsay", "--max-old-space-size=4096"])


def see_that_it_is_clean(page: Page) -> None:
    """What the policy refused is looked at first: the audit brings styles of its own."""
    assert (refused(page), barriers(page), overflow(page)) == ([], [], 0)


def see_a_build_fail(page: Page) -> None:
    card = page.get_by_role("region", name="Custom image")
    expect(card).to_contain_text("Not built")
    card.get_by_role("button", name="Build image").click()
    expect(card).to_contain_text("Build failed", timeout=60_000)
    expect(card.get_by_role("log")).to_contain_text("are you root?")
    expect(card.get_by_role("button", name="Rebuild")).to_be_visible()
    see_that_it_is_clean(page)
    page.goto(f"{page.url.partition('/agents')[0]}/notifications")
    main = page.get_by_role("main")
    expect(main).to_contain_text("The image of without sudo could not be built")
    expect(main).to_contain_text("The image of on an image is ready")
    see_that_it_is_clean(page)


def test_an_identical_dockerfile_already_built_in_your_org_is_reused_without_rebuilding(api):
    first = registered(api, "first twin", "RUN touch /home/user/x\n")
    api.post(f"{first}/build", json={}).raise_for_status()
    built = ended(api, first)
    second = registered(api, "second twin", "# mine\nRUN touch \\\n  /home/user/x\n".replace("\\\n  ", ""))
    answer = api.post(f"{second}/build", json={})
    assert (answer.status_code, answer.json()["state"], answer.json()["digest"]) == (202, "ready", built["digest"])
    assert answer.json()["build"] == 1


def test_failed_image_build_failed_when_dispatch_was_attempted_after_a_failed_build(api):
    path = registered(api, "broken image", "RUN exit 7\n")
    api.post(f"{path}/build", json={}).raise_for_status()
    assert ended(api, path)["state"] == "failed"
    run = dispatched(api, path)
    assert (run["error"]["code"], run["sandbox"]) == ("image_build_failed", "")
    assert "exit code 7" in run["error"]["detail"]


def test_failed_image_not_ready_when_dispatch_was_attempted_before_the_image_was_built(api):
    run = dispatched(api, registered(api, "never built", "RUN true # never\n"))
    assert (run["error"]["code"], run["sandbox"]) == ("image_not_ready", "")


def test_failed_image_not_ready_while_building_and_build_request_returns_409(api):
    slow = registered(api, "slow", SLOW)
    api.post(f"{slow}/build", json={}).raise_for_status()
    wait_for(lambda: api.get(slow).json()["step"] == 1, what="the first step")
    other = registered(api, "impatient", "RUN true\n")
    answer = api.post(f"{other}/build", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "build_under_way")
    assert answer.json()["error"]["details"]["agent"] == slow.split("/")[3]
    run = dispatched(api, slow)
    assert (run["error"]["code"], run["error"]["detail"]) == ("image_not_ready", "It is still being built.")
    assert api.post(f"{slow}/cancel").json()["state"] == "not_built"
    assert api.post(f"{other}/build", json={}).status_code == 202
    assert ended(api, other)["state"] == "ready"
    wait_for(lambda: not containers(api.get(slow).json()["id"]), seconds=60, what="ending the build's sandbox")


@pytest.mark.kill
def test_a_worker_killed_in_the_middle_of_a_build_leaves_it_failed_and_not_stuck(instance, api):
    path = registered(api, "unlucky", f"ENV UNLUCKY=1\n{SLOW}")
    api.post(f"{path}/build", json={}).raise_for_status()
    image = wait_for(lambda: (found := api.get(path).json())["step"] == 2 and found, what="the step that sleeps")
    wait_for(lambda: containers(image["id"]), what="the sandbox")
    with instance.database() as database:
        row = database.execute("SELECT worker FROM agents_agentimage WHERE state = 'building'").fetchone()
    os.kill(int(str(row[0]).rpartition(":")[2]), signal.SIGKILL)

    found = wait_for(
        lambda: (got := api.get(path).json())["state"] != "building" and got, seconds=LEASE_SECONDS + 60, what="the end"
    )
    assert (found["state"], "Rebuild" in found["error"]) == ("failed", True)
    wait_for(lambda: not containers(image["id"]), seconds=90, what="ending what the worker left")
    again = registered(api, "lucky", "RUN true # again\n")
    assert api.post(f"{again}/build", json={}).status_code == 202
    assert ended(api, again)["state"] == "ready"


def containers(image_id: str) -> list:
    return docker_engine().api.containers(all=True, filters={"label": f"callboard.label.image={image_id}"})


def test_the_command_line_builds_and_shows_the_log(instance, api):
    registered(api, "by command", "RUN echo hello from the build\n")
    said = instance.cli("image", "build", "by command", "--wait")
    assert "hello from the build" in said
    assert said.splitlines()[-1] == "ready"
    assert "hello from the build" in instance.cli("image", "log", "by command")
    registered(api, "by command too", "RUN exit 3\n")
    instance.cli("image", "build", "by command too", "--wait", code=1)
