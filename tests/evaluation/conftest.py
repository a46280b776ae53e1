import pytest

from tests.factories import ModelEndpointFactory
from tests.support.model_server import ModelServer


@pytest.fixture
def server():
    with ModelServer() as server:
        yield server


@pytest.fixture
def endpoint(project, server):
    """A model that the scripted server answers for."""
    return ModelEndpointFactory(
        organization=project.organization, display_name="Judge Judy", base_url=server.openai_url
    )
