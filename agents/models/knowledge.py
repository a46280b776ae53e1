import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Lower

from console.tenancy import OrgOwned, ProjectOwned

#: Whose endings words lose before they are compared; words of other languages are compared as they stand.
SEARCH_LANGUAGE = "english"


def search_column(text: str) -> models.GeneratedField:
    """Return the column that PostgreSQL keeps for searching another column's text."""
    return models.GeneratedField(
        expression=SearchVector(text, config=SEARCH_LANGUAGE), output_field=SearchVectorField(), db_persist=True
    )


class KnowledgeSource(ProjectOwned):
    """Documents that are searched together."""

    ID_PREFIX = "know"

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=5_000)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "knowledge source"
        constraints: ClassVar = [
            models.UniqueConstraint("project", Lower("name"), name="knowledge_source_name_in_project"),
        ]

    def __str__(self) -> str:
        return self.name


class DocumentState(models.TextChoices):
    """How far a document is read. Only the text of a ready one is found."""

    READING = "reading", "Reading"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    DELETING = "deleting", "Deleting"


class Document(ProjectOwned):
    """A text that was written or uploaded. Once it is read, its chunks hold all of it.

    `chunk_count` of `chunk_total` chunks are stored, and is moved in the transaction that stores them.
    """

    ID_PREFIX = "doc"

    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=255)
    #: The ending that says how it is read, such as `md`.
    kind = models.CharField(max_length=16)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=DocumentState.choices, default=DocumentState.READING)
    #: Why it could not be read.
    error = models.TextField(blank=True)
    #: Where the upload lies in Django's file storage until it is read.
    file = models.CharField(max_length=255, blank=True)
    characters = models.PositiveIntegerField(default=0)
    chunk_count = models.PositiveIntegerField(default=0)
    chunk_total = models.PositiveIntegerField(default=0)
    added_by = models.CharField(max_length=255)
    updated_at = models.DateTimeField(auto_now=True)

    source_id: uuid.UUID

    class Meta:
        constraints: ClassVar = [
            # The same content twice would be found twice. One that failed may be tried again.
            models.UniqueConstraint(
                fields=["source", "sha256"],
                condition=models.Q(state__in=[DocumentState.READING, DocumentState.READY]),
                name="document_once_in_source",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "-id"], name="document_by_source"),
            models.Index(
                fields=["updated_at"],
                name="document_under_way",
                condition=models.Q(state__in=[DocumentState.READING, DocumentState.DELETING]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Chunk(OrgOwned):
    """Some consecutive characters of a document, from `start` on; the end of one is said again by the next."""

    ID_PREFIX = "chunk"

    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    position = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    text = models.TextField()
    search = search_column("text")

    document_id: uuid.UUID
    source_id: uuid.UUID

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "position"], name="chunk_position_in_document"),
        ]
        indexes: ClassVar = [GinIndex(fields=["search"], name="chunk_search")]

    def __str__(self) -> str:
        return f"{self.document_id} from {self.start}"
