import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from agents.llm.providers.registry import NO_KEY
from agents.llm.target import Target

#: Named in full, so that no variable of the environment sends an organization's prompts somewhere else.
_URL = "https://generativelanguage.googleapis.com"


def google(target: Target, client: httpx2.AsyncClient) -> Model:
    provider = GoogleProvider(api_key=target.key or NO_KEY, base_url=target.base_url or _URL, http_client=client)
    return GoogleModel(target.model_id, provider=provider)
