import io

import pytest

from agents.models import Document
from agents.services.knowledge import document_add, text_add
from tests.factories import KnowledgeSourceFactory, MemoryFactory


@pytest.fixture
def source(project):
    return KnowledgeSourceFactory(project=project, name="Policies")


@pytest.fixture
def memory(project):
    return MemoryFactory(project=project, name="Customers")


@pytest.fixture
def write(admin, source):
    """Add a text to the source."""

    def add(text: str, name: str = "note.txt", to=None) -> Document:
        return text_add(actor=admin, source=to or source, name=name, text=text)

    return add


@pytest.fixture
def upload(admin, source):
    """Upload a file to the source."""

    def add(content: bytes, name: str = "note.txt") -> Document:
        return document_add(actor=admin, source=source, name=name, file=io.BytesIO(content))

    return add
