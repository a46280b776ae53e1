"""The providers' names and where each is addressed. The libraries behind them take seconds each to import."""

from collections.abc import Callable, Mapping
from typing import cast

import httpx2
from django.utils.module_loading import import_string
from pydantic_ai.models import Model

from agents.llm.target import Target
from agents.models import Provider

PROVIDERS: Mapping[str, str] = {
    Provider.OPENAI: "agents.llm.providers.openai.openai",
    Provider.OPENAI_COMPATIBLE: "agents.llm.providers.openai.compatible",
    Provider.ANTHROPIC: "agents.llm.providers.anthropic.anthropic",
    Provider.GOOGLE: "agents.llm.providers.google.google",
}

#: The libraries want a key. A server that needs none takes any.
NO_KEY = "none"

Build = Callable[[Target, httpx2.AsyncClient], Model]


def builder(provider: str) -> Build:
    """Return what builds the library's model for a target, which then makes its calls by the client it is given."""
    return cast("Build", import_string(PROVIDERS[provider]))
