"""The wire formats of the scripted model server: how each says a text, a tool call and an error."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

ToolCall = tuple[str, Mapping[str, Any]] | None


class Wire(Protocol):
    def prompt(self, body: Mapping[str, Any]) -> str: ...

    def tool(self, body: Mapping[str, Any]) -> str | None: ...

    def success(self, text: str, tool: ToolCall, input_tokens: int, output_tokens: int) -> dict[str, Any]: ...

    def error(self, status: int, message: str, code: str = "") -> dict[str, Any]: ...


class OpenAiChat:
    """POST …/chat/completions."""

    def prompt(self, body: Mapping[str, Any]) -> str:
        return "\n".join(_texts([message.get("content") for message in body["messages"]]))

    def tool(self, body: Mapping[str, Any]) -> str | None:
        return next((tool["function"]["name"] for tool in body.get("tools") or ()), None)

    def success(self, text: str, tool: ToolCall, input_tokens: int, output_tokens: int) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        if tool is not None:
            call = {"name": tool[0], "arguments": json.dumps(tool[1])}
            message["tool_calls"] = [{"id": "call_1", "type": "function", "function": call}]
        finish = "stop" if tool is None else "tool_calls"
        return {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": input_tokens, "completion_tokens": output_tokens,
                "total_tokens": input_tokens + output_tokens,
            },
        }  # fmt: skip

    def error(self, status: int, message: str, code: str = "") -> dict[str, Any]:
        return {"error": {"message": message, "type": "scripted_error", "code": code or str(status)}}


class AnthropicMessages:
    """POST …/v1/messages."""

    def prompt(self, body: Mapping[str, Any]) -> str:
        return "\n".join(_texts([body.get("system"), *(message["content"] for message in body["messages"])]))

    def tool(self, body: Mapping[str, Any]) -> str | None:
        return next((tool["name"] for tool in body.get("tools") or ()), None)

    def success(self, text: str, tool: ToolCall, input_tokens: int, output_tokens: int) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
        if tool is not None:
            content.append({"type": "tool_use", "id": "toolu_1", "name": tool[0], "input": dict(tool[1])})
        return {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": content,
            "stop_reason": "end_turn" if tool is None else "tool_use", "stop_sequence": None,
            "usage": {"input_tokens": input_tokens, "output_tokens": output_tokens},
        }  # fmt: skip

    def error(self, status: int, message: str, code: str = "") -> dict[str, Any]:
        return {"type": "error", "error": {"type": code or f"scripted_{status}", "message": message}}


class GoogleGenerate:
    """POST …/models/{model}:generateContent."""

    def prompt(self, body: Mapping[str, Any]) -> str:
        return "\n".join(_texts([body.get("systemInstruction"), body["contents"]]))

    def tool(self, body: Mapping[str, Any]) -> str | None:
        tools = body.get("tools") or ()
        return next((tool["functionDeclarations"][0]["name"] for tool in tools if "functionDeclarations" in tool), None)

    def success(self, text: str, tool: ToolCall, input_tokens: int, output_tokens: int) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"text": text}] if text else []
        if tool is not None:
            parts.append({"functionCall": {"name": tool[0], "args": dict(tool[1])}})
        return {
            "candidates": [{"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": "STOP"}],
            "usageMetadata": {
                "promptTokenCount": input_tokens, "candidatesTokenCount": output_tokens,
                "totalTokenCount": input_tokens + output_tokens,
            },
            "modelVersion": "scripted",
        }  # fmt: skip

    def error(self, status: int, message: str, code: str = "") -> dict[str, Any]:
        return {"error": {"code": status, "message": message, "status": code or "SCRIPTED"}}


def of_path(path: str) -> Wire | None:
    path = path.partition("?")[0]
    if path.endswith("/chat/completions"):
        return OpenAiChat()
    if path.endswith("/messages"):
        return AnthropicMessages()
    return GoogleGenerate() if path.endswith(":generateContent") else None


def _texts(part: Any) -> Iterator[str]:
    """Yield every text in a message's content, however it is nested."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)
    elif isinstance(part, dict):
        for key in ("content", "parts", "text"):
            yield from _texts(part.get(key))
