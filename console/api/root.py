"""The API as a whole."""

from console.api import (
    agent_archives,
    agent_images,
    agent_run_lists,
    agent_runs,
    agents,
    audit_trail,
    credentials,
    datasets,
    errors,
    events,
    health,
    knowledge,
    me,
    members,
    memories,
    models,
    notifications,
    orchestration_runs,
    orchestrations,
    organization,
    outcomes,
    runs,
    sandbox_definitions,
    stage_pipelines,
    step_pipelines,
    step_runs,
    tasks,
    tools,
    topics,
    workflows,
)
from console.api.auth import SessionAuth, TokenAuth
from console.api.bodies import BodyParser
from console.api.description import DescribedApi

api = DescribedApi(
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
api.add_router("", organization.router)
api.add_router("", health.router)
api.add_router("/members", members.router)
api.add_router("/invitations", members.invitations)
api.add_router("/audit", audit_trail.router)
api.add_router("/agents", agents.router)
api.add_router("/agents", agent_images.router)
api.add_router("/agent-archives", agent_archives.router)
api.add_router("/agent-runs", agent_run_lists.router)  # before the single ones, whose ids stand where `export` does
api.add_router("/agent-runs", outcomes.router)
api.add_router("/agent-runs", agent_runs.router)
api.add_router("/runs", runs.router)
api.add_router("/datasets", datasets.router)
api.add_router("/models", topics.router)  # before the models, whose ids stand where `topics` does
api.add_router("/models", models.router)
api.add_router("/pipelines", stage_pipelines.router)
api.add_router("/notifications", notifications.router)
api.add_router("/tools", tools.router)
api.add_router("/knowledge", knowledge.router)
api.add_router("/memories", memories.router)
api.add_router("/credentials", credentials.router)
api.add_router("/sandbox-definitions", sandbox_definitions.router)
api.add_router("/v1/orchestrations", orchestrations.router)
api.add_router("/v1/orchestrations", orchestration_runs.router)
api.add_router("/step-pipelines", step_pipelines.router)
api.add_router("/step-pipelines", step_runs.of_pipelines)
api.add_router("/step-runs", step_runs.router)
api.add_router("/events", events.router)
api.add_router("/v1/workflows", workflows.router)
api.add_router("/v1/workflows", tasks.router)
api.add_router("/v1/workflows", datasets.uploads)
