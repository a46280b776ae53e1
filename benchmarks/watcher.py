"""Many sockets on one run, in a process of its own: `python -m benchmarks.watcher ADDRESS SOCKETS EVENTS`.

Says "open" when all are, and in the end how many of the events arrived and how late.
"""

import asyncio
import json
import os
import sys
import time

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.results import percentile

#: For what is still on its way when the last event was written.
PATIENCE_SECONDS = 30


async def main(address: str, sockets: int, events: int) -> None:
    delays: list[float] = []
    # One that can't be opened ends the process, which says why.
    opened = await asyncio.gather(*(_open(address) for _ in range(sockets)))
    print("open", flush=True)
    tasks = [asyncio.create_task(_watch(socket, events, delays)) for socket in opened]
    await asyncio.wait(tasks, timeout=events / 10 + PATIENCE_SECONDS)
    found = {"delivered_percent": 100 * len(delays) / (sockets * events), "p95_ms": percentile(delays or [0.0], 0.95)}
    print(json.dumps(found), flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _open(address: str) -> ClientConnection:
    headers = {"Authorization": f"Bearer {os.environ['CALLBOARD_TOKEN']}"}
    return await connect(address, additional_headers=headers, compression=None, open_timeout=60)


async def _watch(socket: ClientConnection, events: int, delays: list[float]) -> None:
    """Read one socket until every event has come, noting how late each was; a gap or a repeat ends it."""
    async with socket:
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
