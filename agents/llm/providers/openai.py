import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from agents.llm.providers.registry import NO_KEY
from agents.llm.target import Target

#: Named in full, so that no variable of the environment sends an organization's prompts somewhere else.
_URL = "https://api.openai.com/v1"


def openai(target: Target, client: httpx2.AsyncClient) -> Model:
    return OpenAIChatModel(target.model_id, provider=OpenAIProvider(openai_client=_sdk(target, client)))


def compatible(target: Target, client: httpx2.AsyncClient) -> Model:
    provider = OpenAICompatibleProvider("openai-compatible", openai_client=_sdk(target, client))
    return OpenAIChatModel(target.model_id, provider=provider)


def _sdk(target: Target, client: httpx2.AsyncClient) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=target.key or NO_KEY, base_url=target.base_url or _URL, http_client=client, max_retries=0
    )
