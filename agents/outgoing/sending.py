"""One guarded request: what tools and webhooks are sent with."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from agents.outgoing.policy import Policy, guarded
from agents.outgoing.stopping import unless_stopped
from agents.outgoing.urls import url_problem

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What to send, and where. Headers and body may hold secrets. `timeout_s` is for all of it together."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_s: float = 30
    most_bytes: int = MEGABYTE


@dataclass(frozen=True, slots=True)
class Received:
    """An answer, whatever its status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSent(Exception):
    """No answer came, or none that may be read. The sentence holds nothing of the request but its host.

    `is_retryable` is False where it would be the same again.
    """

    def __init__(self, sentence: str, *, is_retryable: bool, is_timeout: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_retryable = is_retryable
        self.is_timeout = is_timeout


def send(request: Request, *, policy: Policy | None = None, stop: threading.Event | None = None) -> Received:
    """Make one request by the policy of tools and webhooks; raise NotSent, or CallStopped soon after `stop` is set.

    Not for use in an event loop, nor in a transaction, which would be held open all the while.
    """
    if problem := url_problem(request.url):
        raise NotSent(problem, is_retryable=False)
    return asyncio.run(_send(request, policy or guarded(settings.CALLBOARD_TRUSTED_HOSTS), stop))


async def _send(request: Request, policy: Policy, stop: threading.Event | None) -> Received:
    import httpx2  # noqa: PLC0415  # slow to import, and most processes never send anything

    from agents.outgoing.transport import WayRefused, http_client  # noqa: PLC0415  # imports it, too

    try:
        async with (
            asyncio.timeout(request.timeout_s),
            http_client(request.timeout_s, policy, most_bytes=request.most_bytes) as client,
        ):
            call = client.request(
                request.method,
                request.url,
                headers={"User-Agent": "Callboard", **request.headers},
                content=request.body,
            )
            response = await unless_stopped(call, stop)
    except WayRefused as error:
        raise NotSent(str(error), is_retryable=False) from error
    except (TimeoutError, httpx2.TimeoutException) as error:
        sentence = f"There was no answer within {request.timeout_s:g} seconds."
        raise NotSent(sentence, is_retryable=True, is_timeout=True) from error
    except httpx2.InvalidURL as error:
        raise NotSent("This is not a URL.", is_retryable=False) from error
    except httpx2.HTTPError as error:
        raise NotSent(f"It could not be reached: {str(error) or type(error).__name__}", is_retryable=True) from error
    return Received(response.status_code, {**response.headers}, response.content)
