import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from agents.llm.providers.registry import NO_KEY
from agents.llm.target import Target

#: Named in full, so that no variable of the environment sends an organization's prompts somewhere else.
_URL = "https://api.anthropic.com"


def anthropic(target: Target, client: httpx2.AsyncClient) -> Model:
    sdk = AsyncAnthropic(
        api_key=target.key or NO_KEY, base_url=target.base_url or _URL, http_client=client, max_retries=0
    )
    return AnthropicModel(target.model_id, provider=AnthropicProvider(anthropic_client=sdk))
