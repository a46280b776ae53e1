"""A typed client of the REST API, for programs and for the command line.

    from callboard import Client, orchestrations

    client = Client("https://callboard.example", "cb_…")
    made = client(orchestrations.create(name="hello", nodes=[…], edges=[]))
    run = client(orchestrations.start_run(made["id"], input={"query": "…"}, wait=True))

What can be asked is said once, as calls that both `Client` and `AsyncClient` carry out. It needs httpx and nothing else
of Callboard, so that it can be installed by itself.
"""

from . import orchestrations
from .calls import Call
from .errors import ApiError, NoAnswer
from .sending import AsyncClient, Client
from .shapes import Orchestration, OrchestrationRun, Page, Validation

__all__ = [
    "ApiError", "AsyncClient", "Call", "Client", "NoAnswer", "Orchestration", "OrchestrationRun", "Page", "Validation",
    "orchestrations",
]  # fmt: skip
