"""The user guide, as it lies in docs/, inside the console."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET
from markdown_it import MarkdownIt

from console.session import PlacedRequest
from console.views.guard import page

#: The pages in the order of the contents, each a file of docs/.
PAGES = {
    "quick-start": "Quick start",
    "first-run": "Sandbox a custom Python agent",
    "agents": "Agents",
    "zip-agents": "Agents as a ZIP",
    "git-agents": "Agents from git",
    "pipelines": "Pipelines and seeding",
    "orchestrations": "Orchestrations",
    "steps": "Step pipelines",
    "stages": "Stage pipelines",
    "pipeline-runs": "Pipeline runs",
    "notifications": "Notifications",
    "csv": "CSV files",
    "data-explorer": "Data Explorer",
    "grading": "Grading",
    "models": "Models",
    "tools": "Tools",
    "knowledge": "Knowledge and memory",
    "sandboxes": "Sandboxes",
    "environments": "Environments",
    "sandbox-definitions": "Sandbox definitions",
    "people": "People and access",
    "security": "Security",
    "cli": "Command line",
    "api": "REST API",
    "events": "Events and sockets",
    "configuration": "Configuration",
    "operations": "Operations",
    "reliability": "Reliability",
    "benchmarks": "Benchmarks",
    "architecture": "Architecture",
    "extending": "Adding a kind",
}
_FOLDER = Path(settings.BASE_DIR) / "docs"
#: What the renderer writes bare: code wider than the page must be scrolled by keys too, and a first column may need no
#: name.
_DRESSED = {
    "<table>": '<table class="cb-table cb-table-text">',
    "<pre>": '<pre tabindex="0">',
    "<th></th>": "<td></td>",
}
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


class Document(NamedTuple):
    title: str
    body: SafeString


@require_GET
@page()
def docs(request: PlacedRequest, name: str = "quick-start") -> HttpResponse:
    if name not in PAGES:
        raise Http404
    contents = [(key, title) for key, title in PAGES.items() if (_FOLDER / f"{key}.md").exists()]
    return render(request, "docs/page.html", {"document": _document(name), "contents": contents, "name": name})


@lru_cache(maxsize=64)
def _document(name: str) -> Document:
    file = _FOLDER / f"{name}.md"
    if not file.exists():
        raise Http404
    tokens = _MARKDOWN.parse(file.read_text())
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                child.attrSet("href", _address(str(child.attrGet("href"))))
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    for plain, dressed in _DRESSED.items():
        html = html.replace(plain, dressed)
    return Document(PAGES[name], mark_safe(html))  # noqa: S308  # our own files, with raw HTML turned off


def _address(target: str) -> str:
    """Return where a link between files of docs/ leads in the console."""
    stem, dot, rest = target.partition(".md")
    return f"/docs/{stem}{rest}" if dot and stem in PAGES else target
