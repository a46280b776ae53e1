import uuid
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower

from agents.models.knowledge import KnowledgeSource, search_column
from console.access import Actor
from console.tenancy import OrgOwned, OrgOwnedQuerySet


class MemoryScope(models.TextChoices):
    """Where a memory can be read and written."""

    ORGANIZATION = "organization", "Organization"
    PROJECT = "project", "Project"
    AGENT = "agent", "Agent"


class MemoryQuerySet(OrgOwnedQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Return the memories of the organization and of its agents, and those of the projects the actor may see."""
        rows = super().visible_to(actor)
        if actor.sees_every_project:
            return rows
        return rows.filter(models.Q(project=None) | models.Q(project_id__in=actor.project_ids))


class Memory(OrgOwned):
    """What is remembered from one run to the next: entries that agents and people write."""

    ID_PREFIX = "memory"

    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, max_length=5_000)
    scope = models.CharField(max_length=16, choices=MemoryScope.choices, default=MemoryScope.PROJECT)
    #: Of a memory of one project.
    project = models.ForeignKey("console.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    #: Of a memory of one agent.
    agent = models.ForeignKey("agents.Agent", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar = MemoryQuerySet.as_manager()

    project_id: uuid.UUID | None
    agent_id: uuid.UUID | None

    class Meta:
        verbose_name_plural = "memories"
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organization", "project", "agent", Lower("name"), name="memory_name_in_scope", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(scope=MemoryScope.ORGANIZATION, project=None, agent=None)
                | models.Q(scope=MemoryScope.PROJECT, project__isnull=False, agent=None)
                | models.Q(scope=MemoryScope.AGENT, project=None, agent__isnull=False),
                name="memory_scope_names_its_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MemoryEntry(OrgOwned):
    """One thing that is remembered. Never changed: what replaces it is another entry, and the earlier one stays.

    It counts while `superseded_at` is empty. With a `replaced_by` it was replaced then, without one it was forgotten.
    """

    ID_PREFIX = "entry"

    memory = models.ForeignKey(Memory, on_delete=models.CASCADE, related_name="entries")
    #: The key of the first entry of its line: those that replaced one another share it.
    line = models.UUIDField()
    #: Names the thing, so that writing it again replaces what was known; blank for an entry of its own.
    key = models.CharField(max_length=128, blank=True)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    tags = ArrayField(models.CharField(max_length=64), default=list)
    written_by = models.CharField(max_length=255)
    #: The run and its step that wrote it; empty where a person did.
    run_id = models.UUIDField(null=True)
    node_id = models.CharField(max_length=128, blank=True)
    #: A repeated write is known by it: a step may be carried out twice.
    idempotency_key = models.CharField(max_length=255, blank=True)
    replaced_by = models.ForeignKey(
        "agents.MemoryEntry", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces"
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.CharField(max_length=255, blank=True)
    search = search_column("content")

    memory_id: uuid.UUID
    replaced_by_id: uuid.UUID | None

    class Meta:
        verbose_name = "memory entry"
        verbose_name_plural = "memory entries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["memory", "key"],
                condition=models.Q(superseded_at=None) & ~models.Q(key=""),
                name="memory_entry_of_key",
            ),
            models.UniqueConstraint(
                fields=["memory", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="memory_entry_written_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["memory", "-id"], name="memory_entry_by_memory"),
            models.Index(fields=["memory", "line"], name="memory_entry_line"),
            models.Index(
                fields=["memory", "sha256"], name="memory_entry_content", condition=models.Q(superseded_at=None)
            ),
            GinIndex(fields=["search"], name="memory_entry_search", condition=models.Q(superseded_at=None)),
        ]

    def __str__(self) -> str:
        return self.key or self.content[:80]


class Word(OrgOwned):
    """A word of a source's documents or of a memory, by whose trigrams words are found that look like it.

    `uses` counts the documents or entries that hold it: with the last of them it goes.
    """

    ID_PREFIX = "word"

    source = models.ForeignKey(KnowledgeSource, on_delete=models.CASCADE, null=True, related_name="+")
    memory = models.ForeignKey(Memory, on_delete=models.CASCADE, null=True, related_name="+")
    word = models.CharField(max_length=40)
    trigrams = ArrayField(models.CharField(max_length=3))
    uses = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "word"], name="word_in_source"),
            models.UniqueConstraint(fields=["memory", "word"], name="word_in_memory"),
            models.CheckConstraint(
                condition=models.Q(source__isnull=False, memory=None) | models.Q(source=None, memory__isnull=False),
                name="word_of_one_holder",
            ),
        ]
        indexes: ClassVar = [GinIndex(fields=["trigrams"], name="word_trigrams")]

    def __str__(self) -> str:
        return self.word
