"""Several who write at once: each is heard, nothing is doubled, and nobody waits for ever."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from agents.models import Chunk, Document, MemoryEntry, Word
from agents.services.knowledge import document_add, document_delete
from agents.services.memories import memory_write
from tests.factories import KnowledgeSourceFactory, MemoryFactory

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6


def at_once(work):
    """Call `work(number)` in threads, each with a connection of its own; return the answers."""

    def call(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, range(AT_ONCE)))


def test_the_same_thing_is_remembered_once(admin, project):
    memory = MemoryFactory(project=project)
    answers = at_once(lambda number: memory_write(actor=admin, memory=memory, content="Likes tea.").action)
    assert sorted(answers) == ["created", *["unchanged"] * (AT_ONCE - 1)]


def test_of_one_key_one_entry_counts_and_all_are_in_its_history(admin, project):
    memory = MemoryFactory(project=project)
    at_once(lambda number: memory_write(actor=admin, memory=memory, content=f"The limit is {number}00.", key="limit"))
    [counting] = MemoryEntry.objects.filter(superseded_at=None)
    assert MemoryEntry.objects.filter(line=counting.line).count() == AT_ONCE
    assert sorted(Word.objects.values_list("word", "uses")) == sorted(
        [(word, 1) for word in ("limit", "the", counting.content.split()[-1].rstrip("."))]
    )


def test_documents_of_the_same_words_are_read_and_deleted_side_by_side(admin, project):
    source = KnowledgeSourceFactory(project=project)
    words = " ".join(f"word{number}" for number in range(2_000))

    def add(number):
        file = io.BytesIO(f"{words} number{number}".encode())
        return document_add(actor=admin, source=source, name="a.txt", file=file)

    documents = at_once(add)
    assert set(Word.objects.filter(word__startswith="word").values_list("uses", flat=True)) == {AT_ONCE}
    at_once(lambda number: document_delete(actor=admin, document=documents[number]))
    assert (Document.objects.count(), Chunk.objects.count(), Word.objects.count()) == (0, 0, 0)
