"""The Knowledge pages: sources, what is in one, and asking them."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from agents.knowledge.errors import QuestionInvalid
from agents.knowledge.queries import documents_for, sources_for, with_documents
from agents.knowledge.reading import KINDS
from agents.knowledge.search import search
from agents.models import KnowledgeSource
from agents.services.knowledge import source_create, source_delete, source_update
from console.access import Permission
from console.display import knowledge as shown
from console.forms.knowledge import SourceForm
from console.forms.service import sent_in
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page
from console.views.rights import rights


@require_safe
@vary_on_headers("HX-Request")
@page()
def index(request: PlacedRequest) -> HttpResponse:
    """List the sources of the project and, where something is asked, what they and the memories say about it."""
    if request.htmx:
        return render(request, "knowledge/hits.html", answer(request))
    place = request.place
    sources = sources_for(place.actor).filter(project=place.project)
    found = page_of(with_documents(sources), cursor=request.GET.get("cursor"))
    context = {
        "rows": found.items,
        "pager": pager_of(found, request.GET, "source"),
        "parts": shown.parts("knowledge"),
        **answer(request),
        **rights(request),
    }
    return render(request, "knowledge/index.html", context)


@require_safe
@vary_on_headers("HX-Request")
@page()
def source(request: PlacedRequest, source_id: str) -> HttpResponse:
    found = source_of(request, source_id)
    if request.htmx:
        return render(request, "knowledge/hits.html", answer(request, [found.public_id]))
    return source_page(request, found)


@require_safe
@page()
def progress(request: PlacedRequest, source_id: str) -> HttpResponse:
    """Answer an open page that asks how far the documents are read."""
    return render(request, "knowledge/documents.html", _documents(request, source_of(request, source_id)))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_PIPELINES)
def new(request: PlacedRequest) -> HttpResponse:
    form = SourceForm(sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            made = source_create(actor=request.place.actor, project=request.place.project, **form.words())
            messages.success(request, f"{made.name} is created. Add what it is to know.")
            return see_other("knowledge-source", made.public_id)
    return render(request, "knowledge/form.html", {"form": form, "source": None}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_PIPELINES)
def edit(request: PlacedRequest, source_id: str) -> HttpResponse:
    form = SourceForm(sent_in(request), source_of(request, source_id))
    with form.problems_shown():
        if form.is_bound:
            source_update(actor=request.place.actor, source=source_of(request, source_id), **form.words())
            return see_other("knowledge-source", source_id)
    # Read again: what could not be saved is not its name.
    context = {"form": form, "source": source_of(request, source_id)}
    return render(request, "knowledge/form.html", context, status=form.status)


@require_POST
@page(Permission.EDIT_PIPELINES)
def delete(request: PlacedRequest, source_id: str) -> HttpResponse:
    found = source_of(request, source_id)
    source_delete(actor=request.place.actor, source=found)
    messages.success(request, f"{found.name} is deleted with its documents.")
    return see_other("knowledge")


def source_of(request: PlacedRequest, source_id: str) -> KnowledgeSource:
    return by_public_id(with_documents(sources_for(request.place.actor)), source_id)


def source_page(request: PlacedRequest, found: KnowledgeSource, problem: str = "", status: int = 200) -> HttpResponse:
    """Show a source; `problem` says why a document was not taken in."""
    context = {
        **_documents(request, found),
        **answer(request, [found.public_id]),
        "problem": problem,
        "most_bytes": settings.CALLBOARD_UPLOAD_BYTES,
        "endings": [f".{kind}" for kind in KINDS],
    }
    return render(request, "knowledge/source.html", context, status=status)


def answer(request: PlacedRequest, source_ids: Iterable[str] | None = None) -> dict[str, Any]:
    """Return what was asked in the URL, and what was found; nothing was found where nothing was asked."""
    question = request.GET.get("ask", "").strip()
    if not question:
        return {"ask": "", "hits": [], "ask_problem": ""}
    place = request.place
    try:
        hits = search(
            organization_id=place.organization.pk, project_id=place.project.pk, query=question, source_ids=source_ids
        )
    except QuestionInvalid as error:
        return {"ask": question, "hits": [], "ask_problem": error.message}
    return {"ask": question, "hits": [shown.hit_row(hit) for hit in hits], "ask_problem": ""}


def _documents(request: PlacedRequest, found: KnowledgeSource) -> dict[str, Any]:
    documents = page_of(documents_for(request.place.actor, found), cursor=request.GET.get("cursor"))
    rows = [shown.document_row(document) for document in documents.items]
    return {
        "source": found,
        "rows": rows,
        "pager": pager_of(documents, request.GET, "document"),
        "is_moving": any(row.is_moving for row in rows),
        **rights(request, found.project_id),
    }
