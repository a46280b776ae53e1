"""The page of a run in a real browser, while the run goes on: nothing is loaded anew, nothing is missed."""

import re
import time

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.support.browser import barriers, overflow, refused, visit

pytestmark = pytest.mark.browser

CODE = """
import subprocess, time

def run(task_input, *, proxy_url, run_token):
    for number in range(1, 41):
        print(f"line {number}.", flush=True)
        time.sleep(0.15)
    subprocess.run(["uname", "-s"], check=True, capture_output=True)
    return "<b>forty</b> lines"
"""
RUN_MS = 60_000
#: A page that was loaded anew would have forgotten it.
MARK = "window.neverReloaded = true"
NUMBERS = "[...document.querySelectorAll('#log-lines .cb-log-line')].map((line) => Number(line.dataset.number))"


@pytest.fixture(scope="module")
def api(instance):
    with instance.api() as client:
        yield client


@pytest.fixture(scope="module")
def workflow(api):
    source = {"kind": "paste", "code": CODE}
    agent = api.post("/api/agents", json={"name": "forty", "source": source}).raise_for_status().json()["id"]
    api.post(f"/api/agents/{agent}/publish").raise_for_status()
    config = {"agent_id": agent, "judge_model": "builtin/rules", "criteria": [{"type": "contains", "value": "forty"}]}
    field = {"key": "answer", "title": "Answer", "mode": "agent", "agentConfig": config}
    made = (
        api.post("/api/v1/workflows", json={"name": "Forty lines", "fields": [field]}).raise_for_status().json()["id"]
    )
    api.post(f"/api/v1/workflows/{made}/publish").raise_for_status()
    return made


@pytest.fixture
def started(api, workflow):
    """Start a run and return its public id."""
    task = {"user": f"Print forty lines, {time.monotonic()}"}
    api.post(f"/api/v1/workflows/{workflow}/tasks", json={"tasks": [task]}).raise_for_status()
    return api.get("/api/agent-runs?limit=1").json()["items"][0]["id"]


@pytest.fixture(scope="module")
def cookies(instance):
    """A signed-in session: the link that is printed works once."""

    def sign_in(page: Page) -> dict[str, str]:
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}

    return visit(instance.sign_in_link, sign_in)


def test_a_run_is_seen_from_its_first_line_to_its_verdict_without_loading_anew(instance, cookies, started):
    def watch(page: Page) -> None:
        page.evaluate(MARK)
        badge = page.locator("#run-head .cb-badge")
        expect(page.locator("[data-live-mark]")).to_be_visible(timeout=RUN_MS)
        expect(badge).to_have_text("Running", timeout=RUN_MS)
        expect(page.get_by_text("line 3.", exact=True)).to_be_visible(timeout=RUN_MS)
        expect(page.locator(".cb-legend")).to_contain_text("turns", timeout=RUN_MS)
        expect(badge).to_have_text("Pass", timeout=RUN_MS)
        expect(page.locator(".cb-answer")).to_have_text("<b>forty</b> lines")
        expect(page.locator(".cb-step[data-kind=shell]")).to_contain_text("uname -s")
        expect(page.locator(".cb-verdict")).to_contain_text("no model")
        expect(page).to_have_title(re.compile("^Pass · "))
        assert page.evaluate("window.neverReloaded")
        assert refused(page) == []

    visit(f"{instance.url}/runs/{started}", watch, cookies=cookies)


def test_a_connection_that_breaks_comes_back_and_catches_up(instance, cookies, started):
    asked: list[str] = []
    open_sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        asked.append(socket.url)
        # The first that come back are turned away, so that there is a while in which lines are missed.
        if len(asked) in {2, 3}:
            socket.close(code=1013)
            return
        socket.connect_to_server()
        open_sockets.append(socket)

    def watch(page: Page) -> None:
        page.route_web_socket("**/ws/runs/**", connect)
        page.goto(f"{instance.url}/runs/{started}/log")
        expect(page.locator("[data-live-mark]")).to_have_attribute("data-state", "live", timeout=RUN_MS)
        expect(page.get_by_text("line 5.", exact=True)).to_be_attached(timeout=RUN_MS)
        open_sockets[0].close(code=1012)
        for _ in range(RUN_MS // 100):
            if len(open_sockets) > 1:
                break
            page.wait_for_timeout(100)
        expect(page.get_by_text("line 40.", exact=True)).to_be_attached(timeout=RUN_MS)
        expect(page.locator("[data-live-mark]")).to_have_attribute("data-state", "live", timeout=RUN_MS)
        assert page.evaluate(NUMBERS) == list(range(1, 41))
        assert int(re.search(r"after=(\d+)", asked[-1])[1]) > 0
        assert len(open_sockets) > 1

    visit(f"{instance.url}/docs", watch, cookies=cookies)


def test_a_page_says_so_where_nobody_is_signed_in_any_more(instance, cookies, started):
    opened: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        opened.append(socket)
        socket.connect_to_server()

    def watch(page: Page) -> None:
        page.route_web_socket("**/ws/runs/**", connect)
        page.goto(f"{instance.url}/runs/{started}")
        mark = page.locator("[data-live-mark]")
        expect(mark).to_have_attribute("data-state", "live", timeout=RUN_MS)
        page.context.clear_cookies()
        opened[0].close(code=1012)
        expect(mark).to_have_text("Not live", timeout=RUN_MS)

    visit(f"{instance.url}/docs", watch, cookies=cookies)


def test_a_page_that_is_left_closes_its_socket(instance, cookies, started):
    opened: list[str] = []
    closed: list[int | None] = []

    def connect(socket: WebSocketRoute) -> None:
        opened.append(socket.url)
        socket.connect_to_server()
        socket.on_close(lambda code, _reason: closed.append(code))

    def leave(page: Page) -> None:
        page.route_web_socket("**/ws/runs/**", connect)
        page.goto(f"{instance.url}/runs/{started}")
        expect(page.locator("[data-live-mark]")).to_have_attribute("data-state", "live", timeout=RUN_MS)
        page.evaluate("window.dispatchEvent(new Event('pagehide'))")
        page.wait_for_timeout(2_000)  # by then it would have come back
        assert (len(opened), len(closed)) == (1, 1)

    visit(f"{instance.url}/docs", leave, cookies=cookies)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_everyone_can_use_the_trace_at_any_width(instance, cookies, api, width, theme):
    [run] = [run for run in api.get("/api/agent-runs").json()["items"] if run["title"].startswith("Divide")]

    def look(page: Page) -> dict[str, object]:
        page.locator(".cb-step summary").first.click()
        return {"refused": refused(page), "overflow": overflow(page), "barriers": barriers(page)}

    found = visit(f"{instance.url}/runs/{run['id']}", look, cookies=cookies, width=width, theme=theme)
    assert found == {"refused": [], "overflow": 0, "barriers": []}
