import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from agents.errors import CallStopped

Result = TypeVar("Result")

_LOOK_SECONDS = 0.25


async def unless_stopped(call: Coroutine[Any, Any, Result], stop: threading.Event | None) -> Result:
    """Return what a call returns; raise CallStopped soon after `stop` is set, and end the call."""
    task = asyncio.ensure_future(call)
    try:
        while not task.done():
            if stop is not None and stop.is_set():
                raise CallStopped
            await asyncio.wait([task], timeout=_LOOK_SECONDS)
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
