"""A real Chromium for tests, and what it must never see: errors, broken policies, barriers."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import expect, sync_playwright

_CHROMIUM = Path(__file__).with_name("quiet_chromium.py")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
_AXE = Path(__file__).resolve().parent.parent / "vendor/axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Remembers whatever the page's security policy refused.
_WATCH_POLICY = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""

#: Marks the page anew when it is another one, and when a part of it was put in place and its scripts have seen that.
_WATCH_PARTS = """
let parts = 0;
const mark = () => { document.documentElement.dataset.settled = `${performance.timeOrigin}-${parts++}`; };
document.addEventListener("DOMContentLoaded", mark);
document.addEventListener("htmx:afterSettle", () => setTimeout(mark));
"""

#: As long as Playwright's other waits: a page of a busy machine may take more than the five seconds it comes with.
expect.set_options(timeout=30_000)


def visit(url, act, *, cookies=None, width=1440, height=900, theme="light", scripts=True):
    """Open a URL in a fresh profile, call `act(page)` and return its result; a script that fails fails the test.

    Playwright runs in a thread of its own: its event loop would make Django refuse the database to the test.
    """
    options = {"viewport": {"width": width, "height": height}, "color_scheme": theme, "reduced_motion": "reduce"}
    options["java_script_enabled"] = scripts
    return _thread.submit(_visit, url, act, cookies or {}, options).result()


def close():
    """End the browser of this process, if there is one."""
    if _browsers:
        _thread.submit(_browsers.close).result()


@contextmanager
def settling(page):
    """Wait, after what is done within, until its answer stands in the page: an answer that came is not yet there."""
    before = page.get_attribute("html", "data-settled")
    yield
    page.wait_for_selector(f'html[data-settled]:not([data-settled="{before}"])')
    page.wait_for_load_state()


def barriers(page):
    """Return what axe finds that keeps people out: the rule, its weight and the first element of each."""
    page.evaluate(_AXE.read_text())
    found = page.evaluate(f"axe.run(document, {{resultTypes: ['violations'], runOnly: {_RULES}}})")
    return [f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:200]}" for rule in found["violations"]]


def refused(page):
    """Return what the page's security policy refused so far."""
    return page.evaluate("window.refused")


def overflow(page):
    """Return by how many pixels the page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


#: What `state` says of a page on which nothing is wrong.
CLEAN = {"refused": [], "overflow": 0, "barriers": []}


def state(page):
    return {"refused": refused(page), "overflow": overflow(page), "barriers": barriers(page)}


def _is_part(request):
    """Say whether a request is for a script or a style sheet: without it a page does nothing."""
    return request.resource_type in {"script", "stylesheet"}


def _missing(response):
    """Return the part of a page that an answer should have been, and isn't."""
    is_missing = _is_part(response.request) and response.status >= HTTPStatus.BAD_REQUEST
    return [f"{response.status} {response.url}"] if is_missing else []


def _lost(request):
    """Return the part of a page that was never answered, though the page was not left meanwhile."""
    is_lost = _is_part(request) and request.failure != "net::ERR_ABORTED"
    return [f"{request.failure} {request.url}"] if is_lost else []


class _Browsers(ExitStack):
    """The browser of this process: one for all tests, which each have a profile of their own in it."""

    _browser = None

    def __bool__(self):
        return self._browser is not None

    def browser(self):
        if self._browser is None or not self._browser.is_connected():
            self.close()
            playwright = self.enter_context(sync_playwright())
            self._browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
            self.callback(self._browser.close)
        return self._browser

    def close(self):
        super().close()
        self._browser = None


_browsers = _Browsers()
#: Playwright is of the thread that began it.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")


def _visit(url, act, cookies, options):
    context = _browsers.browser().new_context(**options)
    try:
        return _visited(context, url, act, cookies)
    finally:
        context.close()


def _visited(context, url, act, cookies):
    # For every path: a socket is not below the page that opens it.
    site = urljoin(url, "/")
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
    context.add_init_script(_WATCH_POLICY)
    context.add_init_script(_WATCH_PARTS)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda response: errors.extend(_missing(response)))
    page.on("requestfailed", lambda request: errors.extend(_lost(request)))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    result = act(page)
    assert errors == []
    return result
