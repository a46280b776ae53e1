"""The API as a whole."""

from ninja import NinjaAPI

from console.api import (
    agent_runs,
    agents,
    credentials,
    datasets,
    errors,
    me,
    models,
    tasks,
    tools,
    topics,
    workflows,
)
from console.api.auth import SessionAuth, TokenAuth
from console.api.bodies import BodyParser

api = NinjaAPI(
    title="Callboard",
    version="1",
    description='Everything that the pages can do. Errors are `{"error": {"code", "message", "details"}}`.',
    urls_namespace="api",
    docs_url=None,
    auth=[TokenAuth(), SessionAuth()],
    parser=BodyParser(),
)
errors.install(api)
api.add_router("", me.router)
api.add_router("/agents", agents.router)
api.add_router("/agent-runs", agent_runs.router)
api.add_router("/datasets", datasets.router)
api.add_router("/models", topics.router)  # before the models, whose ids stand where `topics` does
api.add_router("/models", models.router)
api.add_router("/tools", tools.router)
api.add_router("/credentials", credentials.router)
api.add_router("/v1/workflows", workflows.router)
api.add_router("/v1/workflows", tasks.router)
