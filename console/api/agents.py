from typing import Any

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, JsonValue, StrictFloat, StrictInt

from agents.models import Agent, AgentVersion
from agents.queries import agent_versions_for, agents_for
from agents.services.agents import agent_archive, agent_publish, agent_register, agent_update
from agents.spec import DEFAULT_CONCURRENCY, DEFAULT_RUN_SECONDS, LONGEST_RUN_SECONDS, MOST_CONCURRENCY
from console.access import Permission, require
from console.api.auth import ApiRequest
from console.api.lists import ListOut, list_out
from console.lists.paging import page
from console.tenancy import by_public_id

router = Router(tags=["Agents"])

_EXAMPLE: dict[str, JsonValue] = {
    "name": "hello-sandbox",
    "runtime": "python",
    "source": {
        "kind": "paste",
        "code": "def run(task_input, *, proxy_url, run_token):\n    return task_input['user_instruction']\n",
    },
    "entrypoint": "run",
    "env": [{"name": "LOG_LEVEL", "value": "debug"}],
    "run_timeout_s": 300,
}


class AgentIn(Schema):
    """An agent to be registered, or its whole new draft. What is left out has the default that the form shows."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: str
    description: str = ""
    runtime: str = Field("python", description="python: your own code; prompt: one question to a model")
    source: dict[str, Any] = Field({}, description="`{kind: paste, code}` or `{kind: files, files: {path: text}}`")
    entrypoint: str = Field("run", description="a top-level function of the module, by its bare name")
    entrypoint_file: str = Field("main.py", description="the file that defines it")
    env: list[dict[str, Any]] = Field([], description="`{name, value}` or `{name, credential_id}` each")
    run_timeout_s: StrictInt = Field(DEFAULT_RUN_SECONDS, description=f"1 to {LONGEST_RUN_SECONDS} seconds")
    concurrency: StrictInt = Field(DEFAULT_CONCURRENCY, description=f"runs at once, 1 to {MOST_CONCURRENCY}")
    network: str = Field("none", description="none or internet")
    instructions: str = Field("", description="prompt agents: what the model is told beforehand")
    model: str = Field("", description="prompt agents: a model's id or name; blank asks the topic's")
    topic: str = Field("", description="prompt agents: whose model to ask; blank asks the organization's default")
    output_schema: dict[str, Any] | None = Field(None, description="prompt agents: JSON Schema of an object")
    temperature: StrictFloat | None = Field(None, description="prompt agents: 0 to 2; null leaves it to the model")
    max_tokens: StrictInt | None = Field(
        None, description="prompt agents: the longest answer; null leaves it to the model"
    )
    roles: list[str] = Field([], description="what it can be asked for as one of several, such as reviewer")

    def spec(self) -> dict[str, Any]:
        """Return everything but name and description; the service says what is wrong with it."""
        return self.model_dump(exclude={"name", "description"}, exclude_unset=True, exclude_none=True)


_SPEC: dict[str, JsonValue] = {
    "runtime": "python", "source": {"kind": "paste", "code": "def run(task_input, *, proxy_url, run_token):\n    …"},
    "entrypoint": "run", "entrypoint_file": "main.py", "env": [], "run_timeout_s": 300, "concurrency": 5,
    "network": "none",
}  # fmt: skip
_AGENT: dict[str, JsonValue] = {
    "id": "agt_01K9X4Z7QD8M3V5T2B6N8C1F0A", "name": "hello-sandbox", "description": "", "status": "published",
    "version": 1, "spec": _SPEC, "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z",
}  # fmt: skip


class AgentOut(Schema):
    model_config = ConfigDict(json_schema_extra={"example": _AGENT})

    id: str
    name: str
    description: str
    status: str = Field(description="draft, published, or changed: published, with a draft that differs")
    version: int | None = Field(description="the latest published version")
    spec: dict[str, Any]
    created_at: str
    updated_at: str


class AgentVersionOut(Schema):
    id: str
    version: int
    spec: dict[str, Any]
    published_by: str
    created_at: str


def agent_out(agent: Agent) -> AgentOut:
    return AgentOut(
        id=agent.public_id, name=agent.name, description=agent.description, status=agent.status,
        version=agent.latest.number if agent.latest else None, spec=agent.draft,
        created_at=agent.created_at.isoformat(), updated_at=agent.updated_at.isoformat(),
    )  # fmt: skip


def _version_out(version: AgentVersion) -> AgentVersionOut:
    return AgentVersionOut(
        id=version.public_id, version=version.number, spec=version.spec, published_by=version.published_by,
        created_at=version.created_at.isoformat(),
    )  # fmt: skip


@router.post("", response={201: AgentOut}, summary="Register an agent as a draft")
def create(request: ApiRequest, data: AgentIn) -> Status[AgentOut]:
    agent = agent_register(actor=request.auth.actor, name=data.name, description=data.description, spec=data.spec())
    return Status(201, agent_out(agent))


@router.get("", response=ListOut[AgentOut], summary="List agents, the newest first")
def index(request: ApiRequest, cursor: str | None = None, limit: int = 50) -> ListOut[AgentOut]:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    return list_out(page(agents_for(request.auth.actor), cursor=cursor, limit=limit), agent_out)


@router.get("/{agent_id}", response=AgentOut, summary="Get an agent with its draft")
def detail(request: ApiRequest, agent_id: str) -> AgentOut:
    return agent_out(_agent(request, agent_id))


@router.put("/{agent_id}", response=AgentOut, summary="Replace an agent's draft")
def update(request: ApiRequest, agent_id: str, data: AgentIn) -> AgentOut:
    agent = agent_update(
        actor=request.auth.actor, agent=_agent(request, agent_id), name=data.name, description=data.description,
        spec=data.spec(),
    )  # fmt: skip
    return agent_out(agent)


@router.delete("/{agent_id}", response={204: None}, summary="Archive an agent")
def delete(request: ApiRequest, agent_id: str) -> Status[None]:
    agent_archive(actor=request.auth.actor, agent=_agent(request, agent_id))
    return Status(204, None)


@router.post("/{agent_id}/publish", response=AgentVersionOut, summary="Publish the draft as a new version")
def publish(request: ApiRequest, agent_id: str) -> AgentVersionOut:
    """A draft that says the same as the latest version makes no other: that one is the answer."""
    return _version_out(agent_publish(actor=request.auth.actor, agent=_agent(request, agent_id)))


@router.get("/{agent_id}/versions", response=ListOut[AgentVersionOut], summary="List versions, the newest first")
def versions(
    request: ApiRequest, agent_id: str, cursor: str | None = None, limit: int = 50
) -> ListOut[AgentVersionOut]:
    rows = agent_versions_for(request.auth.actor, _agent(request, agent_id))
    return list_out(page(rows, cursor=cursor, limit=limit), _version_out)


def _agent(request: ApiRequest, agent_id: str) -> Agent:
    require(request.auth.actor, Permission.VIEW_AGENTS)
    return by_public_id(agents_for(request.auth.actor), agent_id)
