"""The providers: a name and how to address a model there. A new one is a function and a line here."""

from collections.abc import Callable, Mapping

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from agents.llm.target import Target
from agents.models import Provider

#: Named in full, so that no variable of the environment sends an organization's prompts somewhere else.
_OPENAI_URL = "https://api.openai.com/v1"
_ANTHROPIC_URL = "https://api.anthropic.com"
_GOOGLE_URL = "https://generativelanguage.googleapis.com"
#: The libraries want a key; a server that needs none takes any.
_NO_KEY = "none"


def _openai_client(target: Target, client: httpx2.AsyncClient) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=target.key or _NO_KEY, base_url=target.base_url or _OPENAI_URL, http_client=client, max_retries=0
    )


def _openai(target: Target, client: httpx2.AsyncClient) -> Model:
    return OpenAIChatModel(target.model_id, provider=OpenAIProvider(openai_client=_openai_client(target, client)))


def _openai_compatible(target: Target, client: httpx2.AsyncClient) -> Model:
    provider = OpenAICompatibleProvider("openai-compatible", openai_client=_openai_client(target, client))
    return OpenAIChatModel(target.model_id, provider=provider)


def _anthropic(target: Target, client: httpx2.AsyncClient) -> Model:
    anthropic = AsyncAnthropic(
        api_key=target.key or _NO_KEY, base_url=target.base_url or _ANTHROPIC_URL, http_client=client, max_retries=0
    )
    return AnthropicModel(target.model_id, provider=AnthropicProvider(anthropic_client=anthropic))


def _google(target: Target, client: httpx2.AsyncClient) -> Model:
    provider = GoogleProvider(
        api_key=target.key or _NO_KEY, base_url=target.base_url or _GOOGLE_URL, http_client=client
    )
    return GoogleModel(target.model_id, provider=provider)


BUILDERS: Mapping[str, Callable[[Target, httpx2.AsyncClient], Model]] = {
    Provider.OPENAI: _openai,
    Provider.OPENAI_COMPATIBLE: _openai_compatible,
    Provider.ANTHROPIC: _anthropic,
    Provider.GOOGLE: _google,
}
