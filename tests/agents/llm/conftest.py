import pytest

from agents.models import Provider
from tests.factories import ModelEndpointFactory
from tests.support.model_server import ModelServer


@pytest.fixture
def server():
    with ModelServer() as server:
        yield server


@pytest.fixture
def endpoint(project, server):
    """An OpenAI-compatible endpoint that the scripted server answers for."""
    return ModelEndpointFactory(organization=project.organization, base_url=server.openai_url)


@pytest.fixture
def endpoints(project, server):
    """One endpoint of each provider."""
    urls = {
        Provider.OPENAI: server.openai_url,
        Provider.OPENAI_COMPATIBLE: server.openai_url,
        Provider.ANTHROPIC: server.anthropic_url,
        Provider.GOOGLE: server.google_url,
    }
    return {
        provider: ModelEndpointFactory(organization=project.organization, provider=provider, base_url=url)
        for provider, url in urls.items()
    }
