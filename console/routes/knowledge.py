"""The pages about what agents can look up and remember."""

from django.urls import path

from console.views import documents, knowledge, memories

_SOURCE = "knowledge/<str:source_id>"
_DOCUMENT = f"{_SOURCE}/documents/<str:document_id>"
_MEMORY = "memories/<str:memory_id>"
_ENTRY = f"{_MEMORY}/entries/<str:entry_id>"

urlpatterns = [
    path("knowledge", knowledge.index, name="knowledge"),
    path("knowledge/new", knowledge.new, name="knowledge-new"),
    path(_SOURCE, knowledge.source, name="knowledge-source"),
    path(f"{_SOURCE}/edit", knowledge.edit, name="knowledge-edit"),
    path(f"{_SOURCE}/delete", knowledge.delete, name="knowledge-delete"),
    path(f"{_SOURCE}/progress", knowledge.progress, name="knowledge-progress"),
    path(f"{_SOURCE}/upload", documents.upload, name="knowledge-upload"),
    path(f"{_SOURCE}/write", documents.write, name="knowledge-write"),
    path(_DOCUMENT, documents.show, name="knowledge-document"),
    path(f"{_DOCUMENT}/delete", documents.delete, name="knowledge-document-delete"),
    path("memories", memories.index, name="memories"),
    path("memories/new", memories.new, name="memory-new"),
    path(_MEMORY, memories.detail, name="memory"),
    path(f"{_MEMORY}/delete", memories.delete, name="memory-delete"),
    path(f"{_MEMORY}/write", memories.write, name="memory-write"),
    path(_ENTRY, memories.entry, name="memory-entry"),
    path(f"{_ENTRY}/replace", memories.replace, name="memory-entry-replace"),
    path(f"{_ENTRY}/forget", memories.forget, name="memory-entry-forget"),
]
