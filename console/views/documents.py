"""The documents of a source: adding them, reading one, deleting it."""

from typing import BinaryIO, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.knowledge.errors import REFUSALS, DocumentUnreadable
from agents.knowledge.queries import chunks_of, documents_for
from agents.models import Document, DocumentState
from agents.services.knowledge import document_add, document_delete, text_add
from console.access import Permission
from console.api.errors import STATUS_OF_KIND
from console.display import knowledge as shown
from console.forms.knowledge import TextForm
from console.forms.service import sent_in
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page
from console.views.knowledge import source_of, source_page
from console.views.rights import rights

_LONGEST_NUMBER = 9


@require_POST
@page(Permission.EDIT_PIPELINES)
def upload(request: PlacedRequest, source_id: str) -> HttpResponse:
    """Take a file in; where it is refused, say why on the page it was dropped on."""
    source, file = source_of(request, source_id), request.FILES.get("file")
    try:
        if file is None:
            raise DocumentUnreadable("Choose a file first.")
        document = document_add(
            actor=request.place.actor, source=source, name=file.name or "", file=cast("BinaryIO", file.file)
        )
    except REFUSALS as error:
        return source_page(request, source, error.message, STATUS_OF_KIND[error.kind])
    messages.success(request, _added(document))
    return see_other("knowledge-source", source.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_PIPELINES)
def write(request: PlacedRequest, source_id: str) -> HttpResponse:
    """Take a text in that is typed."""
    source, form = source_of(request, source_id), TextForm(sent_in(request))
    status = form.status
    try:
        with form.problems_shown():
            if form.is_bound:
                document = text_add(
                    actor=request.place.actor, source=source, name=form.sent("name"), text=form.written()
                )
                messages.success(request, _added(document))
                return see_other("knowledge-source", source.public_id)
    except REFUSALS as error:
        form.add_error("text", error.message)
        status = STATUS_OF_KIND[error.kind]
    return render(request, "knowledge/write.html", {"form": form, "source": source}, status=status)


@require_safe
@page()
def show(request: PlacedRequest, source_id: str, document_id: str) -> HttpResponse:
    """Show a document's text, some passages at a time from the one that the URL names."""
    document = _document(request, source_id, document_id)
    first = _number(request.GET.get("first", ""))
    passages = chunks_of(document).filter(position__gte=first)[: shown.PASSAGES_SHOWN]
    context = {
        "source": document.source,
        "document": document,
        "row": shown.document_row(document),
        "passages": passages,
        "before": max(0, first - shown.PASSAGES_SHOWN) if first else None,
        "behind": first + shown.PASSAGES_SHOWN if first + shown.PASSAGES_SHOWN < document.chunk_count else None,
        **rights(request, document.project_id),
    }
    return render(request, "knowledge/document.html", context)


@require_POST
@page(Permission.EDIT_PIPELINES)
def delete(request: PlacedRequest, source_id: str, document_id: str) -> HttpResponse:
    document = _document(request, source_id, document_id)
    document_delete(actor=request.place.actor, document=document)
    messages.success(request, f"{document.name} is deleted. It is found no more.")
    return see_other("knowledge-source", document.source.public_id)


def _document(request: PlacedRequest, source_id: str, document_id: str) -> Document:
    source = source_of(request, source_id)
    return by_public_id(documents_for(request.place.actor, source).select_related("source"), document_id)


def _added(document: Document) -> str:
    if document.state == DocumentState.READY:
        return f"{document.name} is read. It can be found now."
    return f"{document.name} is being read in the background. It can be found once it is ready."


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else 0
