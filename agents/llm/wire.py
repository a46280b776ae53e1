"""One request to one provider: our prompt into the library's form, its answer into ours.

With what it imports it is the only user of the library; `client` imports it with the first call.
"""

import asyncio
import json
import threading
from typing import NamedTuple

import httpx2
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from agents.errors import ModelCallFailed
from agents.llm.prompt import Message, Prompt, Speaker
from agents.llm.providers.registry import builder
from agents.llm.target import Target
from agents.llm.translation import no_answer, translated
from agents.llm.tuning import Tuning
from agents.outgoing.policy import MODELS
from agents.outgoing.stopping import unless_stopped
from agents.outgoing.transport import http_client

_TOOL = "answer"


class WireReply(NamedTuple):
    text: str
    input_tokens: int
    output_tokens: int


def load(provider: str) -> None:
    """Import what the provider needs, so that the first call's time is the provider's own."""
    builder(provider)


def send(
    target: Target, prompt: Prompt, tuning: Tuning, *, seconds: float, stop: threading.Event | None = None
) -> WireReply:
    """Make one request, which takes at most `seconds`; raise ModelCallFailed, or CallStopped soon after `stop` is set.

    Must not be called in an event loop.
    """
    return asyncio.run(_send(target, prompt, tuning, seconds, stop))


async def _send(
    target: Target, prompt: Prompt, tuning: Tuning, seconds: float, stop: threading.Event | None
) -> WireReply:
    try:
        async with asyncio.timeout(seconds), http_client(seconds, MODELS) as client:
            call = model_request(
                builder(target.provider)(target, client),
                _messages(prompt, tuning),
                model_settings=_settings(tuning),
                model_request_parameters=_parameters(prompt, tuning),
            )
            response = await unless_stopped(call, stop)
    except TimeoutError as error:
        raise ModelCallFailed(no_answer(seconds), is_retryable=True) from error
    except (AgentRunError, UserError, httpx2.HTTPError, ValueError) as error:
        raise translated(error, seconds) from error
    return WireReply(_text(response), response.usage.input_tokens, response.usage.output_tokens)


def _messages(prompt: Prompt, tuning: Tuning) -> list[ModelMessage]:
    instructions = prompt.instructions
    if prompt.schema is not None and not tuning.has_tool:
        schema = json.dumps(prompt.schema)
        instructions += f"\n\nAnswer with one JSON object of this JSON Schema and with nothing else:\n{schema}"
    return [_message(message, instructions) for message in prompt.messages]


def _message(message: Message, instructions: str) -> ModelMessage:
    if message.speaker is Speaker.MODEL:
        return ModelResponse(parts=[TextPart(message.text)])
    return ModelRequest(parts=[UserPromptPart(message.text)], instructions=instructions)


def _settings(tuning: Tuning) -> ModelSettings:
    settings = ModelSettings()
    if tuning.temperature is not None:
        settings["temperature"] = tuning.temperature
    if tuning.max_tokens is not None:
        settings["max_tokens"] = tuning.max_tokens
    return settings


def _parameters(prompt: Prompt, tuning: Tuning) -> ModelRequestParameters:
    if prompt.schema is None or not tuning.has_tool:
        return ModelRequestParameters()
    tool = ToolDefinition(
        name=_TOOL, description="Give your answer.", parameters_json_schema=dict(prompt.schema), kind="output"
    )
    return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)


def _text(response: ModelResponse) -> str:
    """Return the arguments of the last tool call as JSON text, or else what was said."""
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    if calls:
        arguments = calls[-1].args
        return arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))
