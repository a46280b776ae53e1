"""Carrying calls out, waiting for each or not."""

import os
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from .calls import Call
from .errors import ApiError, NoAnswer

Answer = TypeVar("Answer")

#: Longer than the longest that an instance waits for a run.
TIMEOUT_SECONDS = 120.0


class _Settings:
    """Where an instance is and the token for it: given, or from CALLBOARD_URL and CALLBOARD_TOKEN."""

    def __init__(self, url: str = "", token: str = "", *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.url = (url or os.environ.get("CALLBOARD_URL", "")).rstrip("/")
        if not self.url:
            raise ValueError("Say which instance is meant: Client(url, token), or CALLBOARD_URL.")
        self._options: dict[str, Any] = {
            "base_url": self.url,
            "headers": {"Authorization": f"Bearer {token or os.environ.get('CALLBOARD_TOKEN', '')}"},
            "timeout": timeout_seconds,
        }


class Client(_Settings):
    """An instance, asked by calling this with a `Call`. Raises ApiError where it refuses, NoAnswer where it is away."""

    def __init__(self, url: str = "", token: str = "", *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        super().__init__(url, token, timeout_seconds=timeout_seconds)
        self._http = httpx.Client(**self._options)

    def __call__(self, call: Call[Answer]) -> Answer:
        try:
            answer = self._http.request(call.method, call.path, json=call.body, params=dict(call.query))
        except httpx.HTTPError as error:
            raise NoAnswer(f"{self.url} does not answer: {error}.") from error
        return _read(call, answer)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Settings):
    """The same for `async` programs: `await client(call)`."""

    def __init__(self, url: str = "", token: str = "", *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        super().__init__(url, token, timeout_seconds=timeout_seconds)
        self._http = httpx.AsyncClient(**self._options)

    async def __call__(self, call: Call[Answer]) -> Answer:
        try:
            answer = await self._http.request(call.method, call.path, json=call.body, params=dict(call.query))
        except httpx.HTTPError as error:
            raise NoAnswer(f"{self.url} does not answer: {error}.") from error
        return _read(call, answer)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _read(_call: Call[Answer], answer: httpx.Response) -> Answer:
    """Return what a call was answered, which has the shape that its operation is described with."""
    if answer.is_success:
        return cast("Answer", answer.json() if answer.content else None)
    try:
        error = answer.json()["error"]
        refusal = ApiError(answer.status_code, error["code"], error["message"], error.get("details") or {})
    except (ValueError, KeyError, TypeError):
        refusal = ApiError(answer.status_code, "no_reason", f"The instance answered {answer.status_code}.", {})
    raise refusal
