"""The guide to environments, walked in a real browser against a whole instance, in each kind of sandbox.

Code is that of `docs/environments.md`. With bubblewrap the walk does without what needs root.
"""

import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandboxes.backends.docker.backend import DockerBackend
from sandboxes.base import BackendConfig
from tests.sandboxes import engine
from tests.support.browser import barriers, overflow, refused, visit
from tests.support.instance import ROOT, Instance, wait_for
from tests.whole.test_first_run import sign_in

pytestmark = pytest.mark.browser

GUIDE = (ROOT / "docs/environments.md").read_text()
CODE = textwrap.dedent(re.search(r"   ```python\n(.+?)   ```", GUIDE, re.DOTALL).group(1))
SETUP = re.search(r"Setup command: `(.+?)`", GUIDE).group(1)
REQUIREMENT = re.search(r"requirements: `(.+?)`", GUIDE).group(1)
CSV = 'user\n"Say what you were given."\n'
RUN_MS = 180_000


@pytest.fixture(scope="module", params=["bubblewrap", "docker"])
def instance(request, homes) -> Iterator[Instance]:
    if request.param == "docker" and (reason := engine.why_not()):
        pytest.skip(reason)
    settings = {"CALLBOARD_SANDBOX": request.param, "CALLBOARD_CA_BUNDLE": os.environ.get("SSL_CERT_FILE", "")}
    running = Instance(homes.new(), settings).start()
    yield running
    running.stop()
    if request.param == "docker":
        backend = DockerBackend(BackendConfig(running.home / "sandboxes"))
        for name in backend.saved_images():
            backend.forget_image(name)


def test_the_guide_ends_with_an_agent_that_has_what_it_needs(instance, tmp_path):
    csv = tmp_path / "tasks.csv"
    csv.write_text(CSV)
    has_root = instance.settings["CALLBOARD_SANDBOX"] == "docker"

    def walk(page: Page) -> None:
        sign_in(page)
        register(page, has_root=has_root)
        create_pipeline(page)
        seed(page, csv)
        see_what_was_prepared(page, instance, has_root=has_root)
        assert refused(page) == []

    visit(instance.sign_in_link, walk)


def register(page: Page, *, has_root: bool) -> None:
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_role("link", name="Register agent").first.click()
    page.get_by_label("Name", exact=True).fill("equipped")
    page.locator(".ace_editor").first.click()
    page.keyboard.insert_text(CODE)
    expect(page.get_by_label("System packages")).to_be_hidden()
    page.locator("summary").filter(has_text="Sandbox environment").click()
    page.get_by_label("Python requirements").fill(f"# what it prints with\n{REQUIREMENT}\n")
    page.get_by_label("Setup command").fill(SETUP)
    page.get_by_label("System packages").fill("jq; rm -rf /")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("main")).to_contain_text("Line 1: jq; rm -rf / is not the name of a Debian package")
    if not has_root:
        page.get_by_label("System packages").fill("jq")
        page.get_by_role("button", name="Save and publish").click()
        expect(page.get_by_role("main")).to_contain_text("System packages need the docker backend")
    page.get_by_label("System packages").fill("jq" if has_root else "")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("equipped")
    environment = page.get_by_role("region", name="Sandbox environment")
    expect(environment).to_contain_text(REQUIREMENT)
    assert (barriers(page), overflow(page)) == ([], 0)


def create_pipeline(page: Page) -> None:
    page.get_by_role("link", name="Pipelines", exact=True).click()
    page.get_by_text("Create pipeline", exact=True).first.click()
    page.get_by_role("link", name="Agent fields, graded").click()
    page.get_by_label("Name", exact=True).fill("Equipped")
    page.get_by_label("Title", exact=True).fill("Answer")
    page.get_by_label("Agent", exact=True).select_option(label="equipped, version 1")
    page.get_by_role("button", name="Add criterion").click()
    page.get_by_label("Type of criterion 1").select_option("contains")
    page.get_by_label("Text of criterion 1").fill("done in")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Equipped")


def seed(page: Page, csv: Path) -> None:
    page.get_by_role("link", name="Seed tasks").first.click()
    page.get_by_label("Drop a CSV file here").set_input_files(csv)
    expect(page.get_by_role("main")).to_contain_text("Every row can be seeded")
    page.get_by_role("button", name="Seed 1 row").click()
    expect(page.get_by_role("main")).to_contain_text("Equipped")


def see_what_was_prepared(page: Page, instance: Instance, *, has_root: bool) -> None:
    page.goto(f"{instance.url}/runs?q=")
    row = page.get_by_role("row").filter(has_text="equipped")
    expect(row).to_contain_text("Pass", timeout=RUN_MS)
    row.get_by_role("link").first.click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("0.9.0")
    expect(main).to_contain_text("/usr/bin/jq" if has_root else "setup")
    prepared = page.get_by_role("list", name="Steps of prepare")
    expect(prepared).to_contain_text("Python requirements")
    if has_root:
        expect(prepared).to_contain_text("System packages")
    expect(page.get_by_role("list", name="Steps of setup")).to_contain_text("Setup command")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("link", name="Log").or_(page.get_by_role("tab", name="Log")).first.click()
    expect(main).to_contain_text("tabulate==0.9.0")


def test_the_second_run_of_an_agent_prepares_nothing(instance):
    with instance.api() as api:
        code = {"kind": "paste", "code": CODE}
        environment = {"requirements": [REQUIREMENT], "setup_command": SETUP}
        agent = api.post("/api/agents", json={"name": "again", "source": code, "environment": environment}).json()
        api.post(f"/api/agents/{agent['id']}/publish").raise_for_status()
        field = {
            "key": "answer", "title": "Answer", "mode": "agent",
            "agentConfig": {"agent_id": agent["id"], "judge_model": "builtin/rules"},
        }  # fmt: skip
        made = api.post("/api/v1/workflows", json={"name": "again", "fields": [field]}).raise_for_status().json()["id"]
        api.post(f"/api/v1/workflows/{made}/publish").raise_for_status()
        runs = []
        for number in range(2):
            api.post(
                f"/api/v1/workflows/{made}/tasks", json={"tasks": [{"user": f"Hello {number}"}]}
            ).raise_for_status()
            runs.append(wait_for(lambda: _ended(api, agent["id"], number + 1), what="the run"))  # noqa: B023
    steps = next(phase["steps"] for phase in runs[1]["phases"] if phase["name"] == "prepare")
    assert [(step["name"], step["cached"]) for step in steps if "cached" in step] == [("Python requirements", True)]
    assert "done in" in runs[1]["final_response"]


def test_an_environment_is_given_on_the_command_line(instance, tmp_path):
    code, requirements = tmp_path / "main.py", tmp_path / "requirements.txt"
    code.write_text(CODE)
    requirements.write_text(f"# ours\n{REQUIREMENT}\n")
    options = ("--requirements", str(requirements), "--setup", SETUP, "--python", "3.13")
    agent = instance.cli("agent", "register", "by hand", str(code), *options)
    with instance.api() as api:
        assert api.get(f"/api/agents/{agent}").json()["spec"]["environment"] == {
            "requirements": [REQUIREMENT],
            "setup_command": SETUP,
            "python_version": "3.13",
            "system_packages": [],
        }
    instance.cli("agent", "register", "nothing", str(code), "--requirements", "/no/such/file", code=2)


def _ended(api, agent: str, count: int) -> dict | None:
    found = api.get("/api/agent-runs", params={"agent_id": agent}).json()["items"]
    if len(found) < count or not found[0]["finished_at"]:
        return None
    return api.get(f"/api/agent-runs/{found[0]['id']}").json()
