"""The guide to agents in a git repository, walked in a real browser against a whole instance, in each kind of sandbox.

Code is that of `docs/git-agents.md`. The repository is private, on a git server of our own.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.sandboxes import engine
from tests.support.browser import barriers, overflow, refused, visit
from tests.support.git_server import GitServer, Served
from tests.support.instance import ROOT, Instance, wait_for
from tests.whole.test_first_run import RUN_MS, sign_in

pytestmark = pytest.mark.browser

GUIDE = (ROOT / "docs/git-agents.md").read_text()
CODE = re.search(r"```python\n(.+?)```", GUIDE, re.DOTALL).group(1)
FILES = {"main.py": CODE, "helpers/prompts.py": 'SYSTEM_PROMPT = "You are a careful agent"\n'}
TOKEN = "ghp_walk0123456789abcdefABCDEF"
#: Ends a name, so that each sort of sandbox has an agent of its own.
CSV = 'user\n"Say what you were asked."\n'


@pytest.fixture(scope="module")
def server() -> Iterator[GitServer]:
    with GitServer() as running:
        yield running


@pytest.fixture(scope="module")
def repository(server) -> Served:
    served = server.add("agent", FILES, token=TOKEN)
    served.git("tag", "v1.2.0")
    served.commit({"main.py": "raise SystemExit('not this one')\n"})
    return served


@pytest.fixture(scope="module", params=["bubblewrap", "docker"])
def instance(request, server, homes) -> Iterator[Instance]:
    if request.param == "docker" and (reason := engine.why_not()):
        pytest.skip(reason)
    settings = {
        "CALLBOARD_SANDBOX": request.param,
        "CALLBOARD_CA_BUNDLE": str(server.ca),
        "CALLBOARD_TRUSTED_HOSTS": f"localhost:{server.port}",
    }
    running = Instance(homes.new(), settings).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def api(instance):
    with instance.api() as client:
        yield client


def test_the_guide_ends_in_a_verdict_on_code_from_a_private_repository(instance, api, repository, server, tmp_path):
    csv = tmp_path / "tasks.csv"
    csv.write_text(CSV)

    def walk(page: Page) -> None:
        sign_in(page)
        point_at(page, repository.url)
        create_pipeline(page)
        seed(page, csv)
        see_the_answer(page, instance, repository)
        keep_or_rotate(page)
        assert refused(page) == []

    visit(instance.sign_in_link, walk)
    fetched = [asked for asked in server.asked_for("agent") if asked.path.endswith("/git-upload-pack")]
    assert fetched
    assert not [asked for asked in fetched if asked.authorization == ""][1:]
    assert TOKEN not in instance.logs()


def point_at(page: Page, url: str) -> None:
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_role("link", name="Register agent").first.click()
    page.get_by_label("Name", exact=True).fill("private-agent")
    page.locator("label").filter(has_text="Git repository").click()
    page.get_by_label("Repository URL").fill(url.replace("https://", "https://ada:pw@"))
    page.get_by_label("Ref").fill("v1.2.0")
    page.get_by_text("Inline token", exact=True).click()
    page.get_by_label("Token", exact=True).fill(TOKEN)
    expect(page.get_by_label("Entrypoint", exact=True)).to_have_value("run")
    expect(page.get_by_label("Entrypoint file")).to_have_value("main.py")
    assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Save and publish").click()
    # Save rejected: the page says why, and has not kept the token.
    expect(page.get_by_role("main")).to_contain_text("Write the URL without a user name or password.")
    assert TOKEN not in page.content()
    page.get_by_label("Repository URL").fill(url)
    page.get_by_label("Token", exact=True).fill(TOKEN)
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("private-agent")
    expect(page.get_by_role("main")).to_contain_text(url)
    expect(page.get_by_role("main")).to_contain_text("Inline token, kept for this agent")
    assert (barriers(page), overflow(page)) == ([], 0)


def create_pipeline(page: Page) -> None:
    page.get_by_role("link", name="Pipelines", exact=True).click()
    page.get_by_text("Create pipeline", exact=True).first.click()
    page.get_by_role("link", name="Agent fields, graded").click()
    page.get_by_label("Name", exact=True).fill("From git")
    page.get_by_label("Title", exact=True).fill("Answer")
    page.get_by_label("Agent", exact=True).select_option(label="private-agent, version 1")
    page.get_by_role("button", name="Add criterion").click()
    page.get_by_label("Type of criterion 1").select_option("contains")
    page.get_by_label("Text of criterion 1").fill("You are a careful agent")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("From git")


def seed(page: Page, csv: Path) -> None:
    page.get_by_role("link", name="Seed tasks").first.click()
    page.get_by_label("Drop a CSV file here").set_input_files(csv)
    expect(page.get_by_role("main")).to_contain_text("Every row can be seeded")
    page.get_by_role("button", name="Seed 1 row").click()
    expect(page.get_by_role("main")).to_contain_text("From git")


def see_the_answer(page: Page, instance: Instance, repository: Served) -> None:
    page.goto(f"{instance.url}/runs?q=")
    row = run_of_agent(page)
    expect(row).to_contain_text("Pass", timeout=RUN_MS)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("main")).to_contain_text("You are a careful agent: Say what you were asked.")
    commit = repository.git("rev-parse", "v1.2.0")
    expect(page.get_by_role("main")).to_contain_text(repository.url)
    expect(page.get_by_role("main")).to_contain_text(commit[:7])
    page.get_by_role("link", name="Log").or_(page.get_by_role("tab", name="Log")).first.click()
    expect(page.get_by_role("main")).to_contain_text(f"at v1.2.0, which is commit {commit}")
    assert TOKEN not in page.content()


def run_of_agent(page: Page):
    return page.get_by_role("row").filter(has_text="private-agent")


def keep_or_rotate(page: Page) -> None:
    page.get_by_role("link", name="Agents", exact=True).click()
    page.get_by_role("link", name="private-agent").first.click()
    page.get_by_role("link", name="Edit").first.click()
    expect(page.get_by_text("Keep the token")).to_be_visible()
    expect(page.get_by_label("Token", exact=True)).to_be_hidden()
    assert TOKEN not in page.content()
    page.get_by_text("Rotate it").click()
    expect(page.get_by_label("Token", exact=True)).to_be_visible()
    expect(page.get_by_label("Token", exact=True)).to_have_value("")


def ended(api, source: dict, *, name: str, change: str = "") -> dict:
    """Register and run an agent with this source, and return its run. `change` is deleted before the run."""
    agent = api.post("/api/agents", json={"name": name, "source": source}).raise_for_status().json()["id"]
    api.post(f"/api/agents/{agent}/publish").raise_for_status()
    config = {"agent_id": agent, "judge_model": "builtin/rules"}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    made = api.post("/api/v1/workflows", json={"name": name, "fields": [field]}).raise_for_status().json()["id"]
    api.post(f"/api/v1/workflows/{made}/publish").raise_for_status()
    api.post(f"/api/v1/workflows/{made}/tasks", json={"tasks": [{"user": "Hello"}]}).raise_for_status()

    def run() -> dict | None:
        found = api.get("/api/agent-runs", params={"agent_id": agent}).json()["items"]
        return found[0] if found and found[0]["finished_at"] else None

    return api.get(f"/api/agent-runs/{wait_for(run, what='the run')['id']}").json()


def git(url: str, ref: str = "", **auth: str) -> dict:
    return {"kind": "git", "url": url, "ref": ref, "auth": {"mode": "none", **auth}}


@pytest.mark.parametrize("ref", ["gone", "v9.9.9", "e" * 40])
def test_if_it_fails_agent_code_fetch_failed_for_a_missing_branch_tag_or_sha(api, repository, ref):
    run = ended(api, git(repository.url, ref, mode="inline", token=TOKEN), name=f"missing {ref[:6]}")
    assert (run["status"], run["error"]["code"], run["verdict"]) == ("failed", "agent_code_fetch_failed", None)
    assert "Correct the ref" in run["error"]["detail"]
    assert "boot" not in [phase["name"] for phase in run["phases"]]


def test_if_it_fails_agent_code_fetch_failed_for_an_invalid_pat(api, repository):
    run = ended(api, git(repository.url, mode="inline", token="ghp_wrong_0123456789"), name="wrong token")
    assert run["error"]["code"] == "agent_code_fetch_failed"
    assert "refused the sign-in" in run["error"]["detail"]


def test_if_it_fails_agent_code_fetch_failed_for_an_invalid_url(api, server):
    run = ended(api, git(server.url("no-such-repository")), name="wrong URL")
    assert run["error"]["code"] == "agent_code_fetch_failed"
    assert "no repository at this URL" in run["error"]["detail"]


def test_if_it_fails_agent_secret_unresolved_for_a_credential_that_can_not_be_decrypted(instance, api, repository):
    value = {"name": "lost key", "value": TOKEN}
    credential = api.post("/api/credentials", json=value).raise_for_status().json()["id"]
    with instance.database() as database:
        database.execute("UPDATE agents_credential SET ciphertext = 'v1:lost:AAAA' WHERE name = 'lost key'")
    run = ended(api, git(repository.url, mode="credential", credential_id=credential), name="lost key")
    assert run["error"]["code"] == "agent_secret_unresolved"
    assert "paste the inline token anew" in run["error"]["detail"]


def test_if_it_fails_save_rejected_for_both_a_credential_and_an_inline_token(api, repository):
    source = git(repository.url, mode="credential", credential_id="cred_x", token=TOKEN)
    answer = api.post("/api/agents", json={"name": "both", "source": source})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["problems"][0]["message"] == "Use a credential or a token, not both."


def test_the_second_run_of_a_commit_clones_nothing(api, repository, server):
    commit = repository.git("rev-parse", "v1.2.0")
    source = git(repository.url, commit, mode="inline", token=TOKEN)
    ended(api, source, name="first of two")
    server.requests.clear()
    run = ended(api, source, name="second of two")
    assert run["verdict"]["verdict"] == "PASS"
    assert server.asked_for("agent") == []


def test_an_agent_in_a_repository_is_registered_from_the_command_line(instance, api, repository):
    value = {"name": "by hand", "value": TOKEN}
    credential = api.post("/api/credentials", json=value).raise_for_status().json()["id"]
    options = ("--ref", "v1.2.0", "--git-credential", credential)
    agent = instance.cli("agent", "register", "by hand", repository.url, *options)
    assert api.get(f"/api/agents/{agent}").json()["spec"]["source"] == git(
        repository.url, "v1.2.0", mode="credential", credential_id=credential
    )
    instance.cli("agent", "register", "nowhere", "/no/such/file", code=2)
