"""What the live view of a run is told over its socket, to the end of what there is."""

import asyncio
import json

import websockets

_SECONDS = 30


def frames_of(port: int, authorization: str, run_id: str, query: str = "") -> list[str]:
    """Return the frames from a run's first event to its last; `query` goes on from `?after=0`."""
    return asyncio.run(_listen(f"ws://127.0.0.1:{port}/ws/runs/{run_id}?after=0{query}", authorization))


async def _listen(address: str, authorization: str) -> list[str]:
    frames: list[str] = []
    headers = {"Authorization": authorization}
    async with websockets.connect(address, additional_headers=headers, max_size=None, proxy=None) as socket:
        while True:
            frames.append(str(await asyncio.wait_for(socket.recv(), _SECONDS)))
            frame = json.loads(frames[-1])
            if frame["type"] == "heartbeat" or frame["to"] >= frame["head"]:
                return frames
            await socket.send(json.dumps({"ack": frame["to"]}))
