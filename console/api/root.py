"""The API as a whole."""

from ninja import NinjaAPI

from console.api import agents, errors, me
from console.api.auth import SessionAuth, TokenAuth

api = NinjaAPI(
    title="Callboard",
    version="1",
    description='Everything that the pages can do. Errors are `{"error": {"code", "message", "details"}}`.',
    urls_namespace="api",
    docs_url=None,
    auth=[TokenAuth(), SessionAuth()],
)
errors.install(api)
api.add_router("", me.router)
api.add_router("/agents", agents.router)
