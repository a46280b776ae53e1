"""What happens in a run, and a browser or a program that watches it by a socket of the real application."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from channels.testing import WebsocketCommunicator
from django.test import Client

from console.access import Actor
from console.signing_in.auth import api_token_create
from orchestration import transitions
from orchestration.events import Event, EventKind
from orchestration.models import Run

PATIENCE_SECONDS = 5


def tell(run: Run, count: int = 1, kind: EventKind = EventKind.STEP_STARTED, **data) -> None:
    for number in range(count):
        transitions.append(run.pk, [Event(kind, {"node": str(number), **data})])


def log(run: Run, *lines: str, agent_run: str = "arun_a", first: int = 1) -> None:
    tell(run, 1, EventKind.AGENT_LOG, agent_run=agent_run, stream="stdout", first=first, lines=list(lines))


def session_of(user) -> str:
    client = Client()
    client.force_login(user)
    return next(iter(client.cookies.values())).output(attrs=[], header="").strip()


def token_of(user, organization) -> str:
    actor = Actor(organization_id=organization.pk)
    return api_token_create(actor=actor, user=user, organization=organization, name="a test")


def socket(path: str, *, cookie: str = "", token: str = "", origin: str = "http://127.0.0.1:8000", **query):
    from console.asgi import application  # noqa: PLC0415  # the apps must be there

    given = {"cookie": cookie, "authorization": token and f"Bearer {token}", "origin": origin}
    headers = [(name.encode(), value.encode()) for name, value in given.items() if value]
    return WebsocketCommunicator(application, f"{path}?{urlencode(query)}", headers)


@asynccontextmanager
async def opened(*arguments, **options):
    made = socket(*arguments, **options)
    connected, code = await made.connect(PATIENCE_SECONDS)
    assert connected, code
    try:
        yield made
    finally:
        await made.disconnect()


async def events(made, count: int) -> list[dict]:
    """Return `count` events, having checked that each frame goes on where the last one ended."""
    found = []
    while len(found) < count:
        frame = json.loads(await made.receive_from(PATIENCE_SECONDS))
        if frame["type"] == "events":
            seqs = [event["seq"] for event in frame["events"]]
            assert seqs == list(range(frame["from"], frame["to"] + 1))
            assert not found or found[-1]["seq"] + 1 == frame["from"]
            found += frame["events"]
    return found


async def closed_with(made) -> int:
    while True:
        message = await made.receive_output(PATIENCE_SECONDS)
        if message["type"] == "websocket.close":
            return message["code"]


def refused(*arguments, **options) -> int:
    async def attempt():
        connected, code = await socket(*arguments, **options).connect(PATIENCE_SECONDS)
        assert not connected
        return code

    return asyncio.run(attempt())


async def said(made, kind: str) -> dict:
    """Return the next message of a kind."""
    while True:
        message = json.loads(await made.receive_from(PATIENCE_SECONDS))
        if message["type"] == kind:
            return message
