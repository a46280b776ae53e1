"""Turns the library's errors into ours, with what the provider said."""

from collections.abc import Mapping

import httpx2
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, ModelQuotaExceededError, ModelTimeoutError, UserError

from agents.errors import ModelCallFailed
from agents.outgoing.transport import WayRefused

_LONGEST_MESSAGE = 500
#: Request timeout, conflict, too early and too many requests.
_RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})
_FIRST_SERVER_ERROR, _NOT_IMPLEMENTED = 500, 501


def translated(error: Exception, seconds: float) -> ModelCallFailed:
    """Return what to tell of an error that a call of at most `seconds` ended with."""
    refusal = _cause(error, WayRefused)
    if refusal is not None:
        return ModelCallFailed(str(refusal), is_retryable=False)
    if isinstance(error, UserError):
        # The library knows of the model what a provider would answer, such as that it takes no tools.
        return ModelCallFailed(str(error), is_retryable=False)
    if isinstance(error, ModelHTTPError):
        return ModelCallFailed(
            _said(error.body) or "no reason given.",
            status=error.status_code,
            # Waiting does not fill an empty account.
            is_retryable=_may_pass(error.status_code) and not isinstance(error, ModelQuotaExceededError),
            retry_after=error.retry_after,
        )
    if isinstance(error, ModelTimeoutError):
        return ModelCallFailed(no_answer(seconds), is_retryable=True)
    if isinstance(error, ModelAPIError) and (transport := _cause(error, httpx2.HTTPError)) is not None:
        reason = str(transport) or type(transport).__name__
        return ModelCallFailed(f"The provider could not be reached: {reason}", is_retryable=True)
    return ModelCallFailed(f"The provider's answer could not be read: {_short(str(error))}", is_retryable=True)


def _may_pass(status: int) -> bool:
    return status in _RETRYABLE_STATUSES or (status >= _FIRST_SERVER_ERROR and status != _NOT_IMPLEMENTED)


def no_answer(seconds: float) -> str:
    return f"The provider did not answer within {seconds:g} seconds."


def _cause(error: BaseException | None, *kinds: type[BaseException]) -> BaseException | None:
    """Return the first error of one of `kinds` among `error` and what it came from."""
    while error is not None and not isinstance(error, kinds):
        error = error.__cause__ or error.__context__
    return error


def _said(body: object) -> str:
    """Return the sentence in a provider's error body, whichever form it has."""
    if isinstance(body, Mapping):
        return next((text for key in ("message", "error", "detail") if (text := _said(body.get(key)))), "")
    if isinstance(body, list):
        return next((text for item in body if (text := _said(item))), "")
    return _short(body) if isinstance(body, str) else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}…"
