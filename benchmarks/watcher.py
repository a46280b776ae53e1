"""Many sockets on one run, in a process of its own: `python -m benchmarks.watcher ADDRESS SOCKETS EVENTS`.

Says "open" when all are, and in the end how many of the events arrived and how late.
"""

import asyncio
import json
import os
import sys
import time

from websockets.asyncio.client import connect

from benchmarks.results import percentile

#: For what is still on its way when the last event was written.
PATIENCE_SECONDS = 30


async def main(address: str, sockets: int, events: int) -> None:
    delays: list[float] = []
    ready = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(_watch(address, events, delays, ready)) for _ in range(sockets)]
    for _ in tasks:
        await ready.acquire()
    print("open", flush=True)
    await asyncio.wait(tasks, timeout=events / 10 + PATIENCE_SECONDS)
    found = {"delivered_percent": 100 * len(delays) / (sockets * events), "p95_ms": percentile(delays, 0.95)}
    print(json.dumps(found), flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(address: str, events: int, delays: list[float], ready: asyncio.Semaphore) -> None:
    """Read one socket until every event has come, noting how late each was; a gap or a repeat ends it."""
    headers = {"Authorization": f"Bearer {os.environ['CALLBOARD_TOKEN']}"}
    async with connect(address, additional_headers=headers, compression=None, open_timeout=60) as socket:
        ready.release()
        expected = 1
        async for message in socket:
            now = time.time()
            for event in json.loads(message).get("events", []):
                if event["seq"] != expected:
                    raise RuntimeError(f"Event {event['seq']} came where {expected} was due.")
                expected += 1
                delays.append((now - event["data"]["sent"]) * 1000)
            if expected > events:
                return


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
